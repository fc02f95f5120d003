import { expect, test } from '@jest/globals';
import { outsideQueries } from '../../../activities/api/outside-queries.js';

test.each([
  { requests: 20, before: 1000, after: 1262, perRequest: 13.1, reason: null },
  { requests: 20, before: 'no extension', after: 'no extension', perRequest: null, reason: /no extension/ },
  { requests: 20, before: 5, after: 'hidden', perRequest: null, reason: /hidden/ },
  { requests: 0, before: 5, after: 9, perRequest: null, reason: /no request/ },
  { requests: 20, before: 1000, after: 3, perRequest: null, reason: /reset/ },
  { requests: 20, before: 1000, after: 1000, perRequest: null, reason: /same role/ },
])(
  '$requests requests, $before to $after: $perRequest',
  ({ requests, before, after, perRequest, reason }) => {
    const found = outsideQueries(requests, before, after);
    expect(found).toMatchObject({ requests, perRequest });
    if (reason === null) expect(found.reason).toBeNull();
    else expect(found.reason).toMatch(reason);
  },
);
