import { asUtf8, Broken, type ColumnType } from './column-type.ts';
import { doubleText } from './floating.ts';

const notWkt = new Broken('must be a geometry as text (WKT)');

const grammar = /^[A-Z][A-Z\d\s(),.+-]*$/i;
/** Characters of a coordinate at most: ST_AsText takes to an exponent sooner than a DOUBLE does. */
const coordinateWidth = 25;
const coordinate = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/gi;

/** POINT to GEOMETRYCOLLECTION: WKT in MySQL's spelling, `POINT(106.8 -6.2)`; Maxwell writes more spaces. */
export const geometry: ColumnType = {
  textOf(value) {
    if (typeof value !== 'string' || !grammar.test(value)) return notWkt;
    return value
      .toUpperCase()
      .replace(coordinate, (text) => doubleText(Number(text), coordinateWidth))
      .replace(/\s+/g, ' ')
      .replace(/ ?([(),]) ?/g, '$1')
      .trim();
  },
  fromText: (text) => `ST_GeomFromText(${text})`,
  // Without its SRID, as Maxwell writes it: MySQL prints latitude first where there is one. Older servers do not turn
  // the axes and do not know the function; MariaDB takes the comments for comments.
  toText: (sql) => asUtf8(`ST_AsText(/*!80003 ST_SRID( */${sql}/*!80003 , 0) */)`),
  key: 'A geometry cannot be a key.',
  losses: () => ['The SRID is dropped.', 'Coordinates keep 16 decimals.'],
};
