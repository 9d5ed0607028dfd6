import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fingerprint, obtainOnce, type Tell } from './cache.ts';
import { deployFile } from './deploy.ts';
import { copyJars, needJava } from './java.ts';

/** Class path of Maxwell 1.22.6, fetched by Maven on first use. */
export async function obtainMaxwell(tell: Tell): Promise<string> {
  await needJava(tell);
  const pom = deployFile('maxwell', 'pom.xml');
  const folder = await obtainOnce(`maxwell-1.22.6-${fingerprint(pom)}`, tell, async (part) => {
    tell('fetching Maxwell 1.22.6 (64 MB, up to a few minutes)');
    await copyJars(pom, join(part, 'libs'), 'Fetching Maxwell', tell);
    writeEmptyClass(join(part, 'classes'), 'jdk/nashorn/api/scripting/ScriptObjectMirror');
  });
  return [join(folder, 'classes'), join(folder, 'libs', '*')].join(':');
}

/**
 * Writes a class without members. Maxwell names a class of the JavaScript engine that Java lost in version 15, and
 * does not start without it; written byte by byte, since a Java that only runs programs has no compiler.
 */
export function writeEmptyClass(folder: string, name: string): void {
  const utf8 = (text: string) =>
    Buffer.concat([Buffer.from([1]), u2(Buffer.byteLength(text)), Buffer.from(text)]);
  const classAt = (index: number) => Buffer.concat([Buffer.from([7]), u2(index)]);
  const bytes = Buffer.concat([
    Buffer.from([0xca, 0xfe, 0xba, 0xbe]),
    u2(0), // minor version
    u2(52), // major version: Java 8, which Maxwell is made for
    u2(5), // constant pool: entries 1 to 4
    classAt(2),
    utf8(name),
    classAt(4),
    utf8('java/lang/Object'),
    u2(0x0021), // public, super
    u2(1), // this class
    u2(3), // its super class
    u2(0), // interfaces
    u2(0), // fields
    u2(0), // methods
    u2(0), // attributes
  ]);
  const file = join(folder, `${name}.class`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

function u2(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
