import type { ServiceName } from '../../engine.ts';
import { kafka } from './kafka.ts';
import { maxwell } from './maxwell.ts';
import { mysql } from './mysql.ts';
import type { Service } from './service.ts';
import { temporal } from './temporal.ts';

/** Every kind of server that a stack can hold. */
export const services: Readonly<Record<ServiceName, Service>> = { kafka, mysql, temporal, maxwell };
