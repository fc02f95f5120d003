import {
  isGrpcServiceError,
  NamespaceNotFoundError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { EXIT } from '../exit-codes.js';
import { UserError } from '../user-error.js';

/** gRPC status codes that we tell apart. */
const GRPC = {
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  unavailable: 14,
  unauthenticated: 16,
} as const;
export type GrpcReason = keyof typeof GRPC | 'other';

/** The gRPC status inside an error of the client library, and the server's words; `null` when there is none. */
export function grpcStatus(error: unknown): { readonly reason: GrpcReason; readonly text: string } | null {
  const inner = error instanceof Error && !isGrpcServiceError(error) ? error.cause : error;
  if (!isGrpcServiceError(inner)) return null;
  const found = Object.entries(GRPC).find(([, code]) => code === Number(inner.code));
  return {
    reason: found === undefined ? 'other' : (found[0] as keyof typeof GRPC),
    text: inner.details || inner.message,
  };
}

/** The connection is gone or the server is busy: worth trying again. */
export function isTransient(error: unknown): boolean {
  const reason = grpcStatus(error)?.reason;
  return reason === 'unavailable' || reason === 'deadlineExceeded' || reason === 'cancelled';
}

/**
 * An error as one message for a person. The one place where errors of the client library become ours; commands that
 * know more about a case say it before it gets here.
 */
export function explain(
  error: unknown,
  where: { readonly address?: string; readonly command: string },
): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof WorkflowNotFoundError) {
    return new UserError(`There is no run "${error.workflowId}".`, {
      exitCode: EXIT.usage,
      next: `See the runs: ${where.command} list`,
    });
  }
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return new UserError(`"${error.workflowId}" is running already.`, {
      exitCode: EXIT.usage,
      next: `Watch it: ${where.command} watch ${error.workflowId}`,
    });
  }
  if (error instanceof NamespaceNotFoundError) return namespaceMissing(error.namespace);
  const status = grpcStatus(error);
  if (status !== null) return explainStatus(status, where);
  const text = error instanceof Error ? error.message : String(error);
  return new UserError(`Unexpected: ${text}`, {
    exitCode: EXIT.failed,
    next: 'Set READINESS_DEBUG=1 to see where it comes from, and report it.',
  });
}

export function namespaceMissing(namespace: string): UserError {
  return new UserError(`Temporal has no namespace "${namespace}".`, {
    exitCode: EXIT.unreachable,
    next: 'Give the right one with --namespace or TEMPORAL_NAMESPACE, or create it: temporal operator namespace create --namespace NAME',
  });
}

function explainStatus(
  status: { readonly reason: GrpcReason; readonly text: string },
  where: { readonly address?: string; readonly command: string },
): UserError {
  const at = where.address === undefined ? '' : ` at ${where.address}`;
  switch (status.reason) {
    case 'unavailable':
    case 'deadlineExceeded':
    case 'cancelled':
      return new UserError(`Temporal${at} did not answer: ${status.text}`, {
        exitCode: EXIT.unreachable,
        next: 'Try again; is the server up?',
      });
    case 'unauthenticated':
    case 'permissionDenied':
      return new UserError(`Temporal${at} refused the credentials: ${status.text}`, {
        exitCode: EXIT.unreachable,
        next: 'Check TEMPORAL_API_KEY or the client certificate (TEMPORAL_TLS_…, profile file).',
      });
    case 'invalidArgument':
      return /search attribute/i.test(status.text)
        ? new UserError(`Temporal does not know the product's search attributes: ${status.text}`, {
            exitCode: EXIT.failed,
            next: `Register them once: ${where.command} init --search-attributes`,
          })
        : new UserError(`Temporal refused the request: ${status.text}`, { exitCode: EXIT.usage });
    case 'notFound':
    case 'failedPrecondition':
    case 'other':
      return new UserError(`Temporal refused the request: ${status.text}`, { exitCode: EXIT.failed });
  }
}

/** True for the wrapper that the client library puts around every gRPC error. */
export function isServiceError(error: unknown): boolean {
  return error instanceof ServiceError || isGrpcServiceError(error);
}
