"""Whether every query that the API asks uses an index: each route is called on a house of that
size, and Postgres itself (auto_explain) writes down the plan of every statement, those within
functions too, with the walls of row level security in them.

A statement counts as without an index where it reads a table of more than SMALL rows from its
first row to its last."""

import json
import re

import place

SMALL = 1000
LOG = place.RUN / "log/postgres.log"
ENTRY = re.compile(r"duration: ([\d.]+) ms  plan:\n((?:\t.*\n)+)")
# What is asked of the API; the work of background processes asks other statements.
STAGES = ("access", "documents", "observations", "patients", "queue", "summary", "upload", "storage")
EXPLAIN = """
    ALTER ROLE fertidoc_app SET session_preload_libraries = 'auto_explain';
    ALTER ROLE fertidoc_app SET auto_explain.log_min_duration = 0;
    ALTER ROLE fertidoc_app SET auto_explain.log_format = 'json';
    ALTER ROLE fertidoc_app SET auto_explain.log_nested_statements = on;
    ALTER ROLE fertidoc_app SET log_min_messages = 'log'"""
NO_MORE = "ALTER ROLE fertidoc_app RESET ALL"


def look(bench, database, holder: dict, patients: int) -> None:
    token = database.token(scopes="upload,read,write,ops,audit,admin,donors,genetics", clinic=holder["clinic"])["token"]
    large = {line for line in database.sql(
        f"SELECT relname FROM pg_class WHERE relkind IN ('r', 'm') AND reltuples > {SMALL}").splitlines()}
    database.sql(EXPLAIN)
    begins = LOG.stat().st_size
    try:
        # The walls cost what they cost for whoever does not see everything.
        for sight in (holder["token"], token):
            with place.House(database, token=sight, **place.NO_MEMORY, **place.NO_REDIS) as house:
                call_everything(house, database, sight == token)
    finally:
        database.sql(NO_MORE)
    with open(LOG, encoding="utf-8", errors="replace") as log:
        log.seek(begins)
        statements = seen(log.read(), large)
    without = {text: it for text, it in statements.items() if it["scans"]}
    files = {name.read_text().strip(): str(name.relative_to(place.ROOT)) for stage in STAGES
             for name in (place.ROOT / "sql/queries" / stage).glob("*.sql")}
    names = {text: files.get(text, text[:120]) for text in statements}
    slowest = sorted(statements, key=lambda text: -statements[text]["ms"])[:8]
    bench.table.value(
        f"view.plans.{patients}", f"of {len(statements)} different statements at {patients:,} patients, those without an index", "", "lower",
        [float(len(without))], bound=0,
        without=[{"statement": names[text]} | it for text, it in without.items()],
        slowest=[{"statement": names[text]} | statements[text] for text in slowest],
        statements=sorted(set(names.values())),
        never_asked=sorted(set(files.values()) - set(names.values())),
    )


def seen(log: str, large: set[str]) -> dict[str, dict]:
    """Each statement with its longest time and the large tables that it read as a whole."""
    found: dict[str, dict] = {}
    for milliseconds, lines in ENTRY.findall(log):
        entry = json.loads(lines.replace("\t", ""))
        text = entry["Query Text"].strip()
        it = found.setdefault(text, {"ms": 0.0, "scans": []})
        it["ms"] = max(it["ms"], float(milliseconds))
        for table in scans(entry["Plan"]):
            if table in large and table not in it["scans"]:
                it["scans"].append(table)
    return found


def scans(node: dict):
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from scans(child)


def call_everything(house, database, everything: bool) -> None:
    """Every route with ids that exist. Refusals count: what they asked of Postgres was asked."""
    asking = house.client()
    one = lambda sql: database.sql(sql).split("\n")[0]
    ids = {
        "patients": one("SELECT patient_id FROM fertidoc.patient OFFSET 777 LIMIT 1"),
        "documents": one("SELECT document_id FROM fertidoc.document OFFSET 777 LIMIT 1"),
        "jobs": one("SELECT job_id FROM fertidoc.job OFFSET 777 LIMIT 1"),
    }
    family = one("SELECT family_name FROM fertidoc.patient OFFSET 500 LIMIT 1")
    patient, document = ids["patients"], ids["documents"]
    asked = ["/patients?limit=50", f"/patients?q={family}", "/patients?q=BENCH-501", "/patients?q=1971-01-05", "/documents?limit=50",
             f"/documents?patient_id={patient}", "/documents?state=failed", "/documents?filing=held", "/documents?kind=hormone_panel",
             "/inbox", "/jobs", "/jobs?state=dead", "/me", "/tokens", "/clinic/policy", "/audit", f"/audit?patient={patient}",
             "/audit?action=document.", "/audit?outcome=refused", "/audit?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z", "/notices",
             f"/patients/{patient}", f"/patients/{patient}/summary", f"/patients/{patient}/audit", f"/documents/{document}",
             f"/documents/{document}/pages/1", f"/jobs/{ids['jobs']}"]
    for path in asked:
        status, body = asking.ask("GET", "/api/v1" + path)
        if status == 200 and (cursor := json.loads(body).get("next_cursor") if body[:1] == b"{" else None):
            asking.ask("GET", f"/api/v1{path}{'&' if '?' in path else '?'}cursor={cursor}")
    # Stale: the live view.
    database.sql(f"UPDATE fertidoc.patient SET given_names = 'Other ' || clock_timestamp() WHERE patient_id = '{patient}'")
    asking.ask("GET", f"/api/v1/patients/{patient}/summary")
    change_everything(asking, patient, document, everything)


def change_everything(asking, patient: str, document: str, everything: bool) -> None:
    ask = lambda method, path, content=None, **headers: asking.ask(
        method, "/api/v1" + path, json.dumps(content).encode() if content is not None else b"",
        "application/json" if content is not None else "", **headers)
    number = "everything" if everything else "some"
    _, body = ask("POST", "/patients", {"family_name": "Bench" + number, "given_names": "Ada", "birth_date": "1990-02-03"})
    new = json.loads(body).get("id", patient)
    ask("POST", "/patients", {"family_name": "Bench" + number, "given_names": "Ada", "birth_date": "1990-02-03"})
    ask("PATCH", f"/patients/{new}", {"given_names": "Bea"}, **{"If-Match": '"1"'})
    ask("POST", f"/patients/{new}/partners", {"partner_id": patient, "since": "2026-01-01"})
    ask("PUT", f"/patients/{new}/partners/{patient}/consent", {"consented_on": "2026-01-02"})
    ask("DELETE", f"/patients/{new}/partners/{patient}/consent")
    ask("DELETE", f"/patients/{new}/partners/{patient}?until=2026-02-01")
    asking.ask("POST", "/api/v1/patients/import", b"family_name,given_names,birth_date\nImported" + number.encode() + b",Eve,1988-01-01\n", "text/csv")
    held = asking.upload()
    asking.ask("GET", f"/api/v1/documents/{held}/original")
    ask("PUT", f"/documents/{held}/patient", {"patient_id": new})
    ask("PUT", f"/documents/{document}/patient", {"patient_id": patient})
    _, jobs = ask("GET", "/jobs?limit=1")
    if items := json.loads(jobs).get("items"):
        ask("POST", f"/jobs/{items[0]['id']}/retry")
    if everything:
        ask("POST", "/patients", {"family_name": "Donor", "donor_code": "D-1"})
        _, body = ask("POST", f"/patients/{new}/donations", {"donor_code": "D-1", "kind": "sperm", "since": "2026-01-01"})
        if donation := json.loads(body or b"{}").get("id"):
            ask("DELETE", f"/patients/{new}/donations/{donation}?until=2026-02-01")
        ask("PUT", "/clinic/policy", {"sex_chromosomes": "shown"})
        ask("POST", "/tokens", {"name": "one more", "scopes": ["read"], "days": 1})
        asking.ask("GET", "/api/v1/audit.ndjson?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z")
