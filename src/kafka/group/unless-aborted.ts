/** The promise's value, or undefined as soon as the signal is aborted; the promise may still be pending then. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let stopListening = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    const listener = (): void => resolve(undefined);
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', listener, { once: true });
    stopListening = () => signal.removeEventListener('abort', listener);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stopListening();
    promise.catch(() => undefined); // nobody listens any more
  }
}
