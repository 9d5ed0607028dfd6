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
