import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { projectRoot } from '../../src/config/project-root.ts';
import { fingerprint, obtainOnce } from '../../src/lab/stack/native/obtain/cache.ts';
import { downloadWheels } from '../../src/lab/stack/native/obtain/wheels.ts';
import { runTool } from '../../src/lab/stack/native/run-tool.ts';

/** An object of a manifest. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The releases whose schemas are kept of all that the package has. */
export const releases = ['1.30', '1.37'] as const;

/**
 * Where the schemas of a release are: every object of its API, with no property beside those that it knows.
 * Fetched once from PyPI, with pip.
 *
 * @throws AlirError TOOL_MISSING, DOWNLOAD_FAILED
 */
export async function obtainSchemas(): Promise<string> {
  const requirements = join(projectRoot, 'test/fixtures/kubernetes/requirements.txt');
  return obtainOnce(
    `kubernetes-schemas-${fingerprint(requirements)}`,
    () => undefined,
    async (part) => {
      const wheels = join(part, 'wheels');
      const [wheel = ''] = await downloadWheels(requirements, wheels, 'the schemas of Kubernetes');
      const folders = releases.map(
        (release) => `kubernetes_validate/kubernetes-json-schema/v${release}.0-local-strict/`,
      );
      const extract =
        'import sys, zipfile; wheel = zipfile.ZipFile(sys.argv[1]); ' +
        'wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(tuple(sys.argv[3:]))])';
      await runTool(
        'python3',
        ['-c', extract, wheel, part, ...folders],
        'Unpacking the schemas of Kubernetes',
      );
      rmSync(wheels, { recursive: true });
    },
  );
}

/** What the API of a release would say against an object; empty: nothing. */
export function checkerOf(
  folder: string,
  release: (typeof releases)[number],
): (object: KubernetesObject) => string[] {
  const schemas = join(folder, `kubernetes_validate/kubernetes-json-schema/v${release}.0-local-strict`);
  const read = (name: string) => JSON.parse(readFileSync(join(schemas, name), 'utf8')) as object;
  // The formats only name widths of numbers, and times, which no manifest has.
  const formats = { byte: true, 'date-time': true, double: true, int32: true, int64: true } as const;
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats });
  ajv.addSchema(read('_definitions.json'));
  const validators = new Map<string, ValidateFunction>();
  return (object) => {
    const [group, version] = object.apiVersion.split('/');
    const api = version === undefined ? group : `${group?.split('.')[0]}-${version}`;
    const file = `${object.kind.toLowerCase()}-${api}.json`;
    const validate = validators.get(file) ?? ajv.compile(read(file));
    validators.set(file, validate);
    const { kind, metadata } = object;
    if (validate(object)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${kind} ${metadata.name} ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}
