import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AlirError, messageOf } from '../errors/alir-error.ts';
import type { SettingName, Settings } from './settings.ts';

/** What an encrypted connection needs beside its address: contents of PEM files, for Node's `tls.connect`. */
export interface TlsFiles {
  /** Certificates that vouch for the server; absent: those that Node knows. */
  readonly ca?: string;
  /** The certificate that Alir shows, and its private key. */
  readonly cert?: string;
  readonly key?: string;
}

/** Encryption of connections to a MySQL server; its certificate is always checked. */
export interface MysqlTls extends TlsFiles {
  /** Whether the certificate must also name the host. */
  readonly verifyName: boolean;
}

const files = { ca: 'CA_FILE', cert: 'CERT_FILE', key: 'KEY_FILE' } as const;
type File = keyof typeof files;
type NamesOfFiles = Readonly<Record<File, SettingName>>;

/**
 * Encryption of connections to Kafka; null: none.
 *
 * @throws AlirError CONFIG_INVALID
 */
export function kafkaTls(settings: Settings): TlsFiles | null {
  const names = namesOfFiles((what) => `KAFKA_SSL_${what}`);
  if (settings.KAFKA_SSL) return readTlsFiles(settings, names);
  refuseUnused(settings, names, 'KAFKA_SSL=true');
  return null;
}

/**
 * Encryption of connections to the target or the source server; null: none. What is not set for the source is as for
 * the target.
 *
 * @throws AlirError CONFIG_INVALID
 */
export function mysqlTls(settings: Settings, server: 'target' | 'source'): MysqlTls | null {
  const nameOf = <What extends 'MODE' | (typeof files)[File]>(what: What) => {
    const own = `SOURCE_MYSQL_SSL_${what}` as const;
    return server === 'source' && settings[own] !== undefined ? own : (`MYSQL_SSL_${what}` as const);
  };
  const mode = settings[nameOf('MODE')];
  const names = namesOfFiles(nameOf);
  if (mode === 'verify-ca' || mode === 'verify-identity')
    return { ...readTlsFiles(settings, names), verifyName: mode === 'verify-identity' };
  const own = server === 'target' ? 'MYSQL_SSL_' : 'SOURCE_MYSQL_SSL_';
  refuseUnused(
    settings,
    namesOfFiles((what) => `${own}${what}`),
    `${own}MODE=verify-identity`,
  );
  return null;
}

/** Whether the code of an error of Node says that a server's certificate was not accepted. */
export function isCertificateError(code: unknown): boolean {
  return typeof code === 'string' && /^(CERT_|DEPTH_ZERO_|ERR_TLS_CERT_|SELF_SIGNED_|UNABLE_TO_)/.test(code);
}

function namesOfFiles(nameOf: (what: (typeof files)[File]) => SettingName): NamesOfFiles {
  return { ca: nameOf(files.ca), cert: nameOf(files.cert), key: nameOf(files.key) };
}

/** A file without encryption is a setting that was forgotten: passwords would travel in the open. */
function refuseUnused(settings: Settings, names: NamesOfFiles, needed: string): void {
  const set = Object.values(names).find((name) => settings[name] !== undefined);
  if (set)
    throw new AlirError('CONFIG_INVALID', `${set} is set, but nothing is encrypted without ${needed}.`);
}

function readTlsFiles(settings: Settings, names: NamesOfFiles): TlsFiles {
  const read = (file: File): { [Name in File]?: string } => {
    const path = settings[names[file]];
    return typeof path === 'string' ? { [file]: readPem(names[file], path) } : {};
  };
  const found = { ...read('ca'), ...read('cert'), ...read('key') };
  if ((found.cert === undefined) !== (found.key === undefined))
    throw new AlirError(
      'CONFIG_INVALID',
      `${names.cert} and ${names.key} belong together: set both or neither.`,
    );
  for (const file of ['ca', 'cert'] as const) {
    if (found[file] !== undefined) needCertificate(names[file], found[file]);
  }
  if (found.cert !== undefined && found.key !== undefined) needPair(names, found.cert, found.key);
  return found;
}

function readPem(name: SettingName, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? messageOf(error);
    throw new AlirError('CONFIG_INVALID', `${name}: the file ${path} cannot be read (${reason}).`);
  }
}

function needPair(names: NamesOfFiles, cert: string, key: string): void {
  let reason = 'it belongs to another certificate';
  try {
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return;
  } catch (error) {
    reason = messageOf(error);
  }
  throw new AlirError('CONFIG_INVALID', `${names.key} does not fit ${names.cert}: ${reason}.`);
}

/** Node passes over a file in which it finds no certificate, and would trust nobody. */
function needCertificate(name: SettingName, pem: string): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw new AlirError('CONFIG_INVALID', `${name}: the file holds no certificate in PEM form.`);
  }
}
