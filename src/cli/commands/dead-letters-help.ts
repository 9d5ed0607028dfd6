import { changeRequest } from '../../operations/dead-letters/request.ts';

/** The flags that choose the letters of a change; their ids are arguments. */
export const chosenByFilter = changeRequest.omit({ ids: true });

/** What values of the flags that choose dead letters are called. */
export const letterHelpWords = {
  values: {
    pipeline: 'name',
    code: 'code',
    field: 'path',
    topic: 'name',
    since: 'time',
    until: 'time',
    status: 'status',
    sink: 'sink',
  },
};
