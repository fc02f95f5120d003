import { HistogramLogReader } from 'hdr-histogram-js';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { histogramText } from '../../../activities/api/latency-histogram.js';

test('every time that counts can be read back, by its own reader, to three digits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.2, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 120 }),
      (times) => {
        const samples = [
          { label: 'w', warmUp: true, status: 201, ms: 999_999, note: null },
          { label: 'f', warmUp: false, status: 500, ms: null, note: 'failed' },
          ...times.map((ms, at) => ({ label: String(at), warmUp: false, status: 201, ms, note: null })),
        ];
        const text = histogramText({
          side: 'after',
          operation: 'team_create',
          samples,
          startedAt: '2026-01-01T00:00:00.000Z',
        });
        const histogram = new HistogramLogReader(text).nextIntervalHistogram();
        expect(histogram).not.toBeNull();
        if (histogram === null) return;
        expect(histogram.totalCount).toBe(times.length);
        expect(histogram.tag).toBe('team_create');
        const longest = Math.max(...times) * 1000;
        expect(histogram.maxValue / longest).toBeGreaterThan(0.998);
        expect(histogram.maxValue / longest).toBeLessThan(1.002 + 1 / longest);
      },
    ),
    { numRuns: 50 },
  );
});
