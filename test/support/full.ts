/** Whether what takes minutes and seldom finds more is tried, too: every case instead of one of each kind. */
export const isFull = process.env['ALIR_TEST_FULL'] === '1';
