import assert from 'node:assert/strict';
import { rewriteUrl } from './rewrite-url.ts';

const prefix = '/api/v1/namespaces/default/pods/web/proxy';
const place = { targetHost: '10.0.0.1:80', requestHost: 'cluster:6443', prefix };

describe('links of pages behind a proxy', () => {
  for (const [url, expected] of [
    ['/a', `${prefix}/a`],
    ['/a/', `${prefix}/a/`],
    ['/', `${prefix}/`],
    ['/a?b=/c#d', `${prefix}/a?b=/c#d`],
    ['http://10.0.0.1:80/a', `${prefix}/a`],
    ['https://cluster:6443/a', `https://cluster:6443${prefix}/a`],
    ['//cluster:6443/a', `//cluster:6443${prefix}/a`],
    [`${prefix}/a`, `${prefix}/a`],
    ['/a/../b', `${prefix}/b`],
    ['a', 'a'],
    ['./a', './a'],
    ['', ''],
    ['#top', '#top'],
    ['mailto:x@example.com', 'mailto:x@example.com'],
    ['https://example.com/a', 'https://example.com/a'],
  ] as const) {
    it(`sends ${JSON.stringify(url)} the right way`, () => {
      assert.equal(rewriteUrl(url, place), expected);
    });
  }
});
