/** Whether the compose file started this process, and Kafka, MySQL, Maxwell and Temporal beside it. */
export function isInCompose(): boolean {
  return process.env['ALIR_ENGINE'] === 'compose';
}

/** Where docker-compose.yml has Maxwell's pages for its other containers. */
export const maxwellPages = 'http://maxwell:8080';
