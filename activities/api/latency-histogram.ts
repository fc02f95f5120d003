import { build, HistogramLogWriter } from 'hdr-histogram-js';
import { measuredOperation, type MeasuredOperationName } from '../../procedure/latency/operations.js';
import type { Side } from '../../procedure/observations.js';
import { timesOf, type LatencySample } from './latency-report.js';

/** Digits that survive: a time of 123 456 µs is kept as 123 4xx. */
const SIGNIFICANT_DIGITS = 3;

/**
 * All times of one side as an HdrHistogram log (version 1.3): one interval with one compressed histogram in
 * microseconds, tagged with the operation, to be read by any tool that knows the format.
 */
export function histogramText(about: {
  readonly side: Side;
  readonly operation: MeasuredOperationName;
  readonly samples: readonly LatencySample[];
  readonly startedAt: string;
}): string {
  const times = timesOf(about.samples);
  const histogram = build({
    lowestDiscernibleValue: 1,
    autoResize: true,
    numberOfSignificantValueDigits: SIGNIFICANT_DIGITS,
    useWebAssembly: false,
  });
  for (const ms of times) histogram.recordValue(Math.max(1, Math.round(ms * 1000)));
  const start = Date.parse(about.startedAt);
  histogram.startTimeStampMsec = start;
  histogram.endTimeStampMsec = Math.max(start + 1, Date.now());
  histogram.tag = about.operation;
  let text = '';
  const log = new HistogramLogWriter((content) => {
    text += content;
  });
  log.outputLogFormatVersion();
  log.outputComment(
    `POST ${measuredOperation(about.operation).endpoint}, side ${about.side}, ${String(times.length)} successes, values in microseconds from when each request was due`,
  );
  log.outputStartTime(start);
  log.outputLegend();
  log.outputIntervalHistogram(
    histogram,
    histogram.startTimeStampMsec / 1000,
    histogram.endTimeStampMsec / 1000,
  );
  return text;
}
