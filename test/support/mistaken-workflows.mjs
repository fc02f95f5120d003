/** The product's workflows, but a run can be told to make a mistake that its own code does not make. */
import { ApplicationFailure, condition, continueAsNew, defineSignal, setHandler } from '@temporalio/workflow';
import { readinessRun as properRun } from '../../dist/workflows/index.js';

export * from '../../dist/workflows/index.js';

const mistakeSignal = defineSignal('mistake');

export async function readinessRun(input) {
  let mistake = null;
  setHandler(mistakeSignal, (kind) => {
    mistake = kind;
  });
  const run = properRun(input);
  await Promise.race([run, condition(() => mistake !== null)]);
  if (mistake === 'continue-as-new') await continueAsNew(input);
  if (mistake === 'fail') throw ApplicationFailure.nonRetryable('a fault of the program itself');
  return run;
}
