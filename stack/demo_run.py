"""What the demo does on a stack that is up: sends, imports, prints, and checks every span."""

from __future__ import annotations

import subprocess
import time

import stand_in_scenarios
from binaries import command_line
from client import Client, Item, NotInTime, wait_until
from demo_calls import ORGANIZATION, Scene, on_stand_ins, scenario
from fill_platforms import fill_stand_ins, played
from lifecycle import Stack
from progress import say
from text_table import table

SETTLED = frozenset({"imported", "deferred", "empty", "skipped_native", "not_connected", "failed"})
LONGEST_SECONDS = 90
CREDENTIALS = {"langfuse": stand_in_scenarios.LANGFUSE, "langsmith": stand_in_scenarios.LANGSMITH}


def demonstrate(stack: Stack) -> int:
    """Sends, imports, prints, checks."""
    settings = stack.settings
    client = Client(settings)
    project, scenes = scenario(client)
    client.connect(ORGANIZATION, "arize", host=settings.phoenix_url, project_name=project)
    fill_stand_ins(settings)
    others = [scene for provider, (_, scene) in on_stand_ins(settings).items() if provider in played(settings)]
    for scene in others:
        client.connect(ORGANIZATION, scene.provider, host=settings.stand_in_url(scene.provider), **CREDENTIALS[scene.provider])
    events = {scene.conversation.simulation_output_id: scene.conversation.event(ORGANIZATION) for scene in scenes}
    scenes = [scenes[0], *others, *scenes[1:]]
    rows_before = row_count(client)
    began = time.monotonic()
    for event in events.values():
        client.put_event(event)
    say(f"{len(events)} events are on the bus")
    seconds = wait_for_imports(client, scenes, began)

    lines, faults, span_count = [], [], 0
    for scene in scenes:
        simulation = scene.conversation.simulation_output_id
        item = client.ledger(ORGANIZATION, simulation).get(f"1#{scene.provider}", {})
        stored = [span for span in client.stored_spans(ORGANIZATION, simulation) if span["ServiceName"] == scene.provider]
        span_count += len(stored)
        status = "/".join(str(item[name]) for name in ("status", "reason") if item.get(name)) or "no ledger item"
        traces = len({span["TraceId"] for span in stored})
        lines.append([scene.provider, scene.title, status, ", ".join(item.get("matched_by", [])) or None, traces, len(stored), seconds[scene.provider, simulation]])
        faults += faults_of(scene, item, stored)
    if rows_before and row_count(client) != rows_before:
        faults.append(f"run again, it must add no row, but {rows_before} rows became {row_count(client)}")

    print("\n" + table(["provider", "call", "status", "matched by", "traces", "spans", "seconds"], lines))
    shown = next(scene for scene in scenes if scene.matched_by)
    show = [str(command_line(settings)), "show", ORGANIZATION, shown.conversation.simulation_output_id]
    print(f"\n$ spanlift {' '.join(show[1:])}", flush=True)
    subprocess.run(show, env=stack.command_environment(), check=True)
    if faults:
        print("\nWhat is wrong:\n" + "\n".join(f"  {fault}" for fault in faults) + f"\nWhat the functions logged: {client.log}")
        print(f"demo: FAILED, {len(faults)} faults")
        return 1
    imported = sum(scene.matched_by is not None for scene in scenes)
    added = row_count(client) - rows_before
    spans = f"{span_count} spans stored ({added} new), none missing, foreign or doubled"
    print(f"\ndemo: ok {imported} calls imported, {len(scenes) - imported} left alone, {spans}")
    return 0


def wait_for_imports(client: Client, scenes: list[Scene], began: float) -> dict[tuple[str, str], float | None]:
    """The seconds until each import was done; None where it was done before this run."""
    open_ones = {(scene.provider, scene.conversation.simulation_output_id) for scene in scenes}
    done: dict[tuple[str, str], float | None] = {}

    def look() -> bool:
        for provider, simulation in sorted(open_ones - done.keys()):
            if client.ledger(ORGANIZATION, simulation).get(f"1#{provider}", {}).get("status") in SETTLED:
                done[provider, simulation] = round(time.monotonic() - began, 2) if looked else None
                say(f"{simulation} from {provider}: {'done' if looked else 'was done before'}")
        return len(done) == len(open_ones)

    looked = False
    all_before = look()
    looked = True
    providers = {scene.provider for scene in scenes}
    queues = [client.deployment.queue_names["events"], *map(client.deployment.import_queue, sorted(providers))]
    try:
        if not all_before:
            wait_until(look, LONGEST_SECONDS, "every import done")
        wait_until(lambda: client.busy(*queues) == 0, LONGEST_SECONDS, "queues empty")
    except NotInTime as error:
        say(str(error))
    return {key: done.get(key) for key in open_ones}


def faults_of(scene: Scene, item: Item, stored: list[Item]) -> list[str]:
    """What is not as it must be for one call, in words."""
    faults = []
    expected, ids = scene.conversation.expected, [span["SpanId"] for span in stored]
    wanted = {"imported"} if scene.matched_by else {"deferred", "empty"}
    if item.get("status") not in wanted:
        faults.append(f"status is {item.get('status')}/{item.get('reason')}, not {' or '.join(sorted(wanted))}")
    if scene.matched_by and item.get("matched_by") != [scene.matched_by]:
        faults.append(f"matched by {item.get('matched_by')}, not by {scene.matched_by}")
    names = {span.span_id: span.name for span in scene.conversation.spans}
    faults += [f"missing: {names[span]} ({span})" for span in sorted(expected - set(ids))]
    faults += [f"foreign: {names.get(span, 'of another call')} ({span})" for span in sorted(set(ids) - expected)]
    faults += [f"stored {ids.count(span)} times: {span}" for span in sorted({span for span in ids if ids.count(span) > 1})]
    return [f"{scene.provider}, {scene.title}: {fault}" for fault in faults]


def row_count(client: Client) -> int:
    """All rows of the demo's organization, whatever simulation they bear."""
    found = client.rows(
        "SELECT count() AS rows FROM otel_traces WHERE ResourceAttributes['coval.organization_id'] = {organization:String}", organization=ORGANIZATION
    )
    return int(found[0]["rows"])
