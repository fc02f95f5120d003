import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Lines of a failure's message that are kept: enough to see what was expected, of any number of failures. */
const MESSAGE_LINES = 12;

/**
 * Writes the true totals over all projects as JSON into the file that READINESS_TOTALS names; without the variable it
 * does nothing. A suite that could not run holds no test that could fail, so it counts as one failed test. The file is
 * there from the start and after every suite, with `complete: false` until the end: a run that was killed shows it.
 *
 * Of several runs, each with its READINESS_TOTALS_PART (`1/2`, `2/2`), the later ones add to what the earlier wrote.
 */
export default class TotalsReporter {
  #file = process.env.READINESS_TOTALS;
  #part = (process.env.READINESS_TOTALS_PART ?? '1/1').split('/').map(Number);
  #before = this.#file && this.#part[0] > 1 ? readTotals(this.#file) : undefined;

  onRunStart(results) {
    this.#write(results, false);
  }

  onTestResult(_test, _result, results) {
    this.#write(results, false);
  }

  onRunComplete(_contexts, results) {
    this.#write(results, true);
  }

  #write(results, ended) {
    if (!this.#file) return;
    const last = this.#part[0] === this.#part[1];
    const complete = ended && last && results.wasInterrupted !== true;
    const totals = { ...addTotals(this.#before, totalsOf(results)), complete };
    try {
      writeFileSync(`${this.#file}.tmp`, `${JSON.stringify(totals, null, 2)}\n`);
      renameSync(`${this.#file}.tmp`, this.#file);
    } catch (error) {
      process.stderr.write(`The totals could not be written to ${this.#file}: ${error.message}\n`);
    }
  }
}

/** Counted from the single tests, not from jest's own sums, which leave out suites that could not run. */
export function totalsOf(results) {
  const totals = { passed: 0, failed: 0, skipped: 0, suitesFailed: 0, skippedNames: [], failures: [] };
  for (const suite of results.testResults ?? []) {
    let failures = 0;
    const fail = (name, message) => {
      failures += 1;
      totals.failures.push({
        file: relative(process.cwd(), suite.testFilePath ?? ''),
        name,
        message: short(message),
      });
    };
    for (const test of suite.testResults ?? []) {
      if (test.status === 'passed') totals.passed += 1;
      else if (test.status === 'failed') fail(test.fullName, (test.failureMessages ?? []).join('\n'));
      else {
        totals.skipped += 1;
        totals.skippedNames.push(test.fullName);
      }
    }
    // It could not be loaded, or something outside its tests failed, such as an afterAll.
    if (suite.testExecError)
      fail('outside its tests', suite.testExecError.stack ?? suite.testExecError.message ?? '');
    totals.failed += failures;
    if (failures > 0) totals.suitesFailed += 1;
  }
  return totals;
}

function short(message) {
  const lines = stripVTControlCharacters(message).split('\n');
  return lines.slice(0, MESSAGE_LINES).join('\n').slice(0, 1500);
}

/** What an earlier part wrote. One that wrote nothing was killed, which is as good as one failed test. */
function readTotals(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, suitesFailed: 1, skippedNames: [], failures: [] };
  }
}

export function addTotals(before, now) {
  if (before === undefined) return now;
  const sum = (name) => before[name] + now[name];
  return {
    ...{
      passed: sum('passed'),
      failed: sum('failed'),
      skipped: sum('skipped'),
      suitesFailed: sum('suitesFailed'),
    },
    skippedNames: [...before.skippedNames, ...now.skippedNames],
    failures: [...before.failures, ...now.failures],
  };
}
