/** Marks the one line of the script's answer in the noise that a management command prints. */
export const QUERY_MARK = 'READINESS-QUERIES ';

/**
 * Counts queries inside the target, by its framework's own capture (seed §6.1): test requests in a transaction that is
 * rolled back. What is outside of that transaction is closed while it works: other database connections (another thread
 * has one of its own), sockets (a task queue, a webhook, a shared cache), the log (its lines would be taken for copies
 * of real teams), mail and caches (replaced by ones in memory). What needs one of them ends with an error, which is a
 * reason and no harm. The functions that a request leaves for after its commit are run by hand after it, as Django's own
 * tests do, so their writes are rolled back too.
 *
 * All is done twice and the second time counts: a process that just started fills its own caches. Statements are told by
 * their first word and table, never with values. QUESTION is handed in by whoever runs it.
 */
export const QUERY_COUNT_SCRIPT = String.raw`
import contextlib
import json
import logging
import re
import socket

TRANSACTION = re.compile(r"\s*(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|START TRANSACTION|SET TRANSACTION)\b", re.I)
ENDS_IT = re.compile(r"\s*(COMMIT|END|PREPARE TRANSACTION)\b", re.I)
NAME = r'(?:"[^"]+"|\w+)'
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(" + NAME + r"(?:\." + NAME + r")*)", re.I)
MOST_HOOKS = 200
# What was asked for and is closed, in words; code under count may well swallow the error.
REFUSED = []


class Unknown(Exception):
    """Why nothing can be counted."""


def refused(what):
    REFUSED.append("%s, which is closed while queries are counted" % what)
    return REFUSED[-1]


def refuse_socket(self, address, *rest):
    raise ConnectionRefusedError(refused("it wanted a connection to %r" % (address,)))


def refuse_database(self, *rest, **named):
    raise RuntimeError(refused("it wanted another database connection"))


def refuse_commit(execute, sql, params, many, context):
    if ENDS_IT.match(str(sql)):
        raise RuntimeError(refused("it wanted to end the transaction itself"))
    return execute(sql, params, many, context)


def block(name="default"):
    """A transaction inside which a block may be that insists on being outermost, as in the framework's own tests."""
    from django.db import transaction

    made = transaction.atomic(using=name)
    made._from_testcase = True
    return made


@contextlib.contextmanager
def rolled_back(names):
    from django.db import connections, transaction

    with contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(block(name))
            stack.callback(transaction.set_rollback, True, using=name)
            if connections[name].vendor == "postgresql":
                with connections[name].cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '5s'")
                    cursor.execute("SET LOCAL statement_timeout = '20s'")
            stack.enter_context(connections[name].execute_wrapper(refuse_commit))
        yield


@contextlib.contextmanager
def captured(names):
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    statements = []
    with contextlib.ExitStack() as stack:
        contexts = [stack.enter_context(CaptureQueriesContext(connections[name])) for name in names]
        yield statements
    for context in contexts:
        statements.extend(query["sql"] or "" for query in context.captured_queries)


def told(statements):
    lines = []
    for sql in statements:
        if not TRANSACTION.match(sql):
            word = (sql.split(None, 1) or ["?"])[0].upper()[:20]
            table = TABLE.search(sql)
            lines.append(word + ("" if table is None else " " + table.group(1).replace('"', "")[:80]))
    return lines


def left_for_commit(names):
    from django.db import connections

    left = []
    for name in names:
        left += [(name, entry[1]) for entry in connections[name].run_on_commit]
        connections[name].run_on_commit = []
    return left


def run_hooks(names):
    ran, errors, closed = 0, [], len(REFUSED)
    with captured(names) as statements:
        waiting = left_for_commit(names)
        while waiting and ran < MOST_HOOKS:
            for name, hook in waiting:
                ran += 1
                try:
                    with block(name):
                        hook()
                except Exception as error:
                    errors.append(("%s: %s" % (type(error).__name__, error))[:200])
            waiting = left_for_commit(names)
    if not errors:
        errors = REFUSED[closed:][:3]
    return {"hooks": ran, "hookErrors": errors, "hookStatements": told(statements)}


def person(username):
    from django.contrib.auth import get_user_model

    model = get_user_model()
    try:
        return model._default_manager.get_by_natural_key(username)
    except model.DoesNotExist:
        raise Unknown("there is no user %s" % username)


def client_for(user):
    """As real clients sign in, where that can be done; otherwise the user is set, and the sign-in is not counted."""
    try:
        from rest_framework.settings import api_settings
        from rest_framework.test import APIClient
    except ImportError as error:
        raise Unknown("the target has no test client of its REST framework: %s" % error)
    client = APIClient()
    client.raise_request_exception = False
    try:
        from rest_framework_simplejwt.authentication import JWTAuthentication
        from rest_framework_simplejwt.settings import api_settings as jwt_settings
        from rest_framework_simplejwt.tokens import AccessToken

        if any(issubclass(one, JWTAuthentication) for one in api_settings.DEFAULT_AUTHENTICATION_CLASSES):
            token = "%s %s" % (jwt_settings.AUTH_HEADER_TYPES[0], AccessToken.for_user(user))
            client.credentials(HTTP_AUTHORIZATION=token)
            return client, "token"
    except ImportError:
        pass
    client.force_authenticate(user)
    return client, "set"


def problem_of(response):
    if response.status_code not in (200, 201):
        text = getattr(response, "content", b"")[:160].decode("utf-8", "replace")
        return "HTTP %d %s" % (response.status_code, " ".join(text.split()))
    try:
        body = json.loads(response.content)
    except ValueError:
        return "HTTP %d, but the body is no JSON" % response.status_code
    if not isinstance(body, dict) or body.get("success") is False:
        return "HTTP %d, but it is no success" % response.status_code
    return None


def request(question, client, asked, names):
    from django.db import transaction

    closed = len(REFUSED)
    with captured(names) as statements, block():
        response = client.post(
            asked["path"], asked["body"], format="json", HTTP_HOST=question["host"], secure=question["secure"]
        )
        problem = problem_of(response)
        if problem is not None:
            transaction.set_rollback(True)
    counted = {"operation": asked["operation"], "problem": problem, "refused": sorted(set(REFUSED[closed:]))[:3]}
    if problem is None:
        # Two are this function's own: they mark the savepoint around the request.
        own = 2
        lines = told(statements)
        counted.update(statements=lines, transaction=max(0, len(statements) - len(lines) - own), **run_hooks(names))
    return counted, response


def requests(question, names):
    client, authentication = client_for(person(question["username"]))
    answers, slug = [], None
    for asked in question["requests"]:
        if asked["needsTeam"] and slug is None:
            answers.append({"operation": asked["operation"], "problem": "it needs the team that could not be made"})
            continue
        path = asked["path"].replace(question["slug"], slug or "")
        counted, response = request(question, client, dict(asked, path=path), names)
        answers.append(counted)
        if slug is None and counted["problem"] is None:
            slug = json.loads(response.content).get("team_slug")
    return {"authentication": authentication, "requests": answers}


def count(question):
    import django.test.signals  # noqa: F401  (its receivers take up replaced caches)
    from django.conf import settings
    from django.core.cache import caches
    from django.db import connections
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.test.utils import override_settings

    names = list(connections)
    for name in names:
        connections[name].ensure_connection()
    BaseDatabaseWrapper.connect = refuse_database
    socket.socket.connect = refuse_socket
    socket.socket.connect_ex = refuse_socket
    memory = "django.core.cache.backends.locmem.LocMemCache"
    replaced = {name: {"BACKEND": memory, "LOCATION": "readiness-" + name} for name in settings.CACHES}
    mail = "django.core.mail.backends.locmem.EmailBackend"
    with override_settings(CACHES=replaced, EMAIL_BACKEND=mail):
        for _ in ("warms up", "counts"):
            for name in replaced:
                caches[name].clear()
            with rolled_back(names):
                answer = requests(question, names)
    return answer


def main(question):
    from django.conf import settings

    logging.disable(logging.CRITICAL)
    try:
        answer = count(question)
    except Unknown as error:
        answer = {"reason": str(error)}
    except Exception as error:
        answer = {"reason": ("%s: %s" % (type(error).__name__, error))[:300]}
    flag = getattr(settings, question["flag"], None)
    answer["dualWrite"] = flag if isinstance(flag, bool) else None
    print("\n" + question["mark"] + json.dumps(answer), flush=True)


main(QUESTION)
`;
