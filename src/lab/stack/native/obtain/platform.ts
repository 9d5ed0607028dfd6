import { AlirError } from '../../../../errors/alir-error.ts';

/** @throws AlirError PLATFORM_UNSUPPORTED where the native servers cannot run */
export function needLinux(platform: string = process.platform, arch: string = process.arch): void {
  if (platform === 'linux' && arch === 'x64') return;
  throw new AlirError(
    'PLATFORM_UNSUPPORTED',
    `The native engine runs MySQL for Linux on x64, and this machine is ${platform} on ${arch}.`,
  );
}
