import { isCertificateError } from '../config/tls.ts';
import { AlirError, messageOf } from '../errors/alir-error.ts';

/** The symbolic name of a broker's error (`MESSAGE_TOO_LARGE`), wherever in the chain of causes either client put it. */
export function brokerErrorOf(error: unknown): string | null {
  for (const each of chainOf(error)) {
    const { type, apiId } = each as { type?: unknown; apiId?: unknown };
    if (typeof apiId === 'string') return apiId;
    if (typeof type === 'string' && /^[A-Z_]+$/.test(type)) return type;
  }
  return null;
}

const accessErrors = /AUTHORIZATION_FAILED|SASL_AUTHENTICATION|UNSUPPORTED_SASL|ILLEGAL_SASL/;

/** Whatever a client threw, as one of Alir's errors; what is one already stays as it is. */
export function toKafkaError(error: unknown, doing: string): AlirError {
  if (error instanceof AlirError) return error;
  const name = brokerErrorOf(error);
  const denied = chainOf(error).some(({ name: kind, code }) =>
    /SASL|PLT_KFK_AUTHENTICATION/.test(`${kind} ${String(code)}`),
  );
  const untrusted = chainOf(error).find(({ code }) => isCertificateError(code));
  if (untrusted) {
    return new AlirError('KAFKA_UNAVAILABLE', `${doing}: ${messageOf(untrusted)}.`, {
      cause: error,
      remedy:
        "Correct KAFKA_SSL_CA_FILE, or give KAFKA_BROKERS the names that the brokers' certificates hold.",
    });
  }
  const reason = name ?? messageOf(chainOf(error).at(-1) ?? error);
  const code = denied || (name && accessErrors.test(name)) ? 'KAFKA_ACCESS_DENIED' : 'KAFKA_UNAVAILABLE';
  return new AlirError(code, `${doing}: ${reason}.`, { cause: error });
}

/** The error, its causes and the members of collected errors, outermost first. */
function chainOf(error: unknown): (Error & { code?: unknown })[] {
  const found: Error[] = [];
  const visit = (value: unknown): void => {
    if (!(value instanceof Error) || found.includes(value)) return;
    found.push(value);
    if (value instanceof AggregateError) for (const each of value.errors) visit(each);
    visit(value.cause);
  };
  visit(error);
  return found;
}
