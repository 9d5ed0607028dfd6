import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { beforeAll, describe, expect, test } from 'vitest';
import { settingsSchema } from '../../../src/config/settings.ts';
import { messageOf } from '../../../src/errors/alir-error.ts';
import { pipelines } from '../../../src/pipelines/registry.ts';
import {
  checkerOf,
  obtainSchemas,
  releases,
  type KubernetesObject,
} from '../../support/kubernetes-schemas.ts';
import { renderKustomize } from '../../support/render-kustomize.ts';

interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly terminationGracePeriodSeconds?: number;
    readonly enableServiceLinks: boolean;
    readonly automountServiceAccountToken: boolean;
    readonly securityContext: object;
    readonly containers: readonly {
      readonly args: readonly string[];
      readonly image: string;
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
      readonly securityContext: object;
      readonly resources: { readonly limits: object; readonly requests: object };
      readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
      readonly readinessProbe?: { readonly timeoutSeconds: number };
    }[];
  };
}
interface Workload extends KubernetesObject {
  readonly spec: { readonly template: PodTemplate; readonly selector?: Selector; readonly replicas?: number };
}
interface Selector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

const overlay = (await renderKustomize('overlays/production')) ?? [];
const base = (await renderKustomize('base')) ?? [];
if (overlay.length === 0)
  process.stderr.write('deploy/kubernetes is not checked: neither kubectl nor kustomize is installed\n');

const of = <Kind extends KubernetesObject>(kind: string, objects = overlay): Kind[] =>
  objects.filter((object) => object.kind === kind) as Kind[];
const workloads = [...of<Workload>('Deployment'), ...of<Workload>('Job')];
const settings = of<KubernetesObject & { data: Record<string, string> }>('ConfigMap')[0]?.data ?? {};

describe.skipIf(overlay.length === 0)('the manifests', () => {
  test('there is a workload for each process, and nothing else that runs', () => {
    expect(
      workloads.map(({ kind, spec }) => [kind, ...(spec.template.spec.containers[0]?.args ?? [])]),
    ).toEqual([
      ['Deployment', 'serve'],
      ['Deployment', 'consume'],
      ['Deployment', 'worker'],
      ['Job', 'migrate', '--wait', '300'],
    ]);
  });

  test('every setting is one that Alir knows, and its value is valid', () => {
    for (const name of Object.keys(settings)) expect(Object.keys(settingsSchema.shape)).toContain(name);
    expect(settingsSchema.safeParse(settings).error?.issues ?? []).toEqual([]);
  });

  test('no secret is in them', () => {
    const secrets = Object.entries(settingsSchema.shape).filter(
      ([, schema]) => schema.meta()?.['secret'] === true,
    );
    for (const [name] of secrets) expect(Object.keys(settings)).not.toContain(name);
    for (const { spec } of workloads)
      for (const { env = [] } of spec.template.spec.containers)
        for (const variable of env) expect(variable.value, variable.name).toBeUndefined();
    expect(of('Secret')).toEqual([]);
  });

  test.each(workloads)('$kind $metadata.name may do no more than it needs', ({ spec }) => {
    const pod = spec.template.spec;
    expect(pod).toMatchObject({ enableServiceLinks: false, automountServiceAccountToken: false });
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext, resources, image } of pod.containers) {
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(resources.limits).toHaveProperty('memory');
      expect(resources.requests).toHaveProperty('cpu');
      expect(image).toMatch(/:\d+\.\d+\.\d+$/);
    }
  });

  test.each(of<Workload>('Deployment'))('$metadata.name is probed, and has time to drain', ({ spec }) => {
    const pod = spec.template.spec;
    const [container] = pod.containers;
    expect(container).toMatchObject({
      startupProbe: { httpGet: { path: '/healthz', port: 'http' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
    });
    expect(container?.readinessProbe?.timeoutSeconds).toBeGreaterThan(4);
    expect(container?.ports?.map((port) => String(port.containerPort))).toEqual([settings['HTTP_PORT']]);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      Number(settings['ALIR_SHUTDOWN_GRACE_SECONDS']),
    );
    expect(spec.selector?.matchLabels).toHaveProperty(['app.kubernetes.io/name'], 'alir');
  });

  test('every selector finds the pods of one workload, or of all', () => {
    const pods = workloads.map(({ spec }) => spec.template.metadata.labels);
    const found = (labels: Readonly<Record<string, string>> | undefined) =>
      pods.filter((pod) =>
        Object.entries(labels ?? { none: '' }).every(([name, value]) => pod[name] === value),
      ).length;
    type Selecting = KubernetesObject & { spec: { selector: Selector; podSelector: Selector } };
    for (const { spec } of [...of<Selecting>('Deployment'), ...of<Selecting>('PodDisruptionBudget')])
      expect(found(spec.selector.matchLabels)).toBe(1);
    expect(of<Selecting>('NetworkPolicy').map(({ spec }) => found(spec.podSelector.matchLabels))).toEqual([
      4, 1,
    ]);
    type Service = KubernetesObject & { spec: { selector: Record<string, string> } };
    expect(of<Service>('Service').map(({ spec }) => found(spec.selector))).toEqual([1]);
  });

  test('the lag of every pipeline scales consumers and workers, and nobody else sets their number', () => {
    type Scaled = KubernetesObject & {
      spec: {
        scaleTargetRef: { name: string };
        triggers: { type: string; metadata: Record<string, string> }[];
      };
    };
    const groups = pipelines.map(({ group }) => group);
    const scaled = of<Scaled>('ScaledObject');
    expect(scaled.map(({ spec }) => spec.scaleTargetRef.name)).toEqual(['alir-consumer', 'alir-worker']);
    for (const { spec } of scaled) {
      expect(spec.triggers.map(({ metadata }) => metadata['consumerGroup'])).toEqual(groups);
      for (const { metadata } of spec.triggers)
        expect(metadata['bootstrapServers']).toBe(settings['KAFKA_BROKERS']);
      const [deployment] = of<Workload>('Deployment').filter(
        ({ metadata }) => metadata.name === spec.scaleTargetRef.name,
      );
      expect(deployment).toBeDefined();
      expect(deployment?.spec.replicas).toBeUndefined();
    }
    expect(of('ScaledObject', base)).toEqual([]);
  });

  test('KEDA would take the scaled objects', () => {
    for (const object of of('ScaledObject')) {
      new ScaledObject(object as never).validate();
      expect(() => new ScaledObject({ ...object, spec: { triggers: [] } } as never).validate()).toThrow();
    }
  });
});

describe.skipIf(overlay.length === 0)('the schemas of Kubernetes', () => {
  let folder: string | null = null;
  beforeAll(async () => {
    folder = await obtainSchemas().catch((error: unknown) => {
      process.stderr.write(`deploy/kubernetes is not checked against the schemas: ${messageOf(error)}\n`);
      return null;
    });
  }, 300_000);

  test.for(releases)('Kubernetes %s would take every object', (release, { skip }) => {
    if (folder === null) return skip();
    const check = checkerOf(folder, release);
    const objects = [...overlay, ...base].filter(({ kind }) => kind !== 'ScaledObject');
    expect(objects.flatMap(check)).toEqual([]);
    // The schemas are strict: a mistyped name is found however deep it is.
    const [deployment] = of<Workload>('Deployment');
    const wrong = structuredClone(deployment) as unknown as {
      spec: { template: { spec: Record<string, unknown> } };
    };
    wrong.spec.template.spec['terminationGracePeriodSecond'] = 90;
    expect(check(wrong as unknown as KubernetesObject).join()).toContain('terminationGracePeriodSecond');
  });
});
