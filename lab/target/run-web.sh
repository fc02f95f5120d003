#!/bin/sh
# Starts the serving process. Supervisor runs this script as the program `deltacrown-web`.
#
# The variables of ENV_FILE are exported before `exec`, so that they stand in /proc/<pid>/environ of gunicorn's master
# and of every worker: that is the only place that tells what a serving process really runs with.
set -eu

cd "$(dirname "$0")"

if [ -n "${ENV_FILE:-}" ]; then
  # `.` looks a name without a slash up in PATH, not in the current folder.
  case "$ENV_FILE" in
    /*) ;;
    *) ENV_FILE="./$ENV_FILE" ;;
  esac
  set -a
  . "$ENV_FILE"
  set +a
fi

# Log lines carry characters outside ASCII, and a pipe must not hold them back.
export PYTHONUTF8=1 PYTHONUNBUFFERED=1

exec "${PYTHON:-python}" -m gunicorn deltacrown.wsgi:application \
  --name deltacrown-web \
  --bind "${WEB_BIND:-127.0.0.1:8000}" \
  --workers "${WEB_WORKERS:-2}" \
  --timeout "${WEB_TIMEOUT:-30}" \
  --graceful-timeout "${WEB_GRACEFUL_TIMEOUT:-5}" \
  --access-logfile - \
  --error-logfile - \
  --no-control-socket
