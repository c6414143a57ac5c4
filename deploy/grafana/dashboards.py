#!/usr/bin/env python3
"""Makes site.json and robot.json, Grafana's dashboards, from the tables below:

    python3 deploy/grafana/dashboards.py

A row of a table is a panel: its title, what it shows and how to read it, its unit in Grafana's
words, and its queries with what each line is called. SITE and ROBOT stand for the matchers.
"""
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
SITE = 'site=~"$site",instance=~"$instance"'
ROBOT = 'site="$site",instance="$instance"'
WINDOW = "$__rate_interval"
COLUMNS = 24


def quantiles(expression):
    """A fleet in three lines."""
    return [(f"quantile(0.5, {expression})", "half of the robots"),
            (f"quantile(0.99, {expression})", "99 of 100"),
            (f"max({expression})", "the highest")]


SITE_ROWS = [
    ("Now", 6, [
        ("stat", "Reporting", "Robots that keep the promise of their last push, asleep or awake.", "short",
         [(f"sum(instance:torpor_live:bool{{{SITE}}})", "robots")]),
        ("stat", "Silent", "Robots that broke it, those apart that refuse. See TorporRobotSilent.", "short",
         [('sum(site:torpor_silent:count{site=~"$site"}) or vector(0)', "robots")]),
        ("stat", "Refusing", "Robots that refuse to work until somebody mends it. See TorporRefused.", "short",
         [(f"sum(instance:torpor_refused:bool{{{SITE}}})", "robots")]),
        ("stat", "Missing", "Robots on the roster as active of which the gateway holds nothing; 0 where there is no roster.", "short",
         [(f'count(torpor_roster_info{{{SITE},state="active"}} unless on (instance, site) push_time_seconds{{job="torpor"}})'
           " or vector(0)", "robots")]),
    ]),
    ("", 8, [
        ("table", "Alerts that fire", "By kind, with the number of robots that have it; docs/alerts.md has a section on each.", "short",
         [('count by (alertname, severity, site) (ALERTS{alertstate="firing",alertname=~"Torpor.*",alertname!="TorporWatchdog",site=~"$site"})', "")]),
        ("table", "Why robots refuse", "The reasons, and the number of robots that have each; docs/reasons.md says what mends it.", "short",
         [(f"sum by (reason) (torpor_refused{{{SITE}}}) > 0", "")]),
        ("table", "What robots run", "Builds and contracts that are reported. Two for long are a roll-out that got stuck.", "short",
         [(f"count by (version, revision) (torpor_build_info{{{SITE}}})", ""),
          (f"count by (version, contract, digest) (torpor_contract_info{{{SITE}}})", "")]),
    ]),
    ("Sleep and what it costs", 8, [
        ("timeseries", "Robots in breach", "Share of the robots that report which break a clause for two cycles in a row or more. TorporSiteBreach fires above 5 %.", "percentunit",
         [('site_clause:torpor_breaching:ratio{site=~"$site"}', "{{site}} {{clause}}")]),
        ("timeseries", "Time awake", "From the phases, over half an hour, and what the contract allows.", "percentunit",
         quantiles(f"instance:torpor_awake:ratio30m{{{SITE}}}")
         + [(f"max(torpor_contract_duty_cycle_ratio{{{SITE}}})", "allowed, at most")]),
        ("timeseries", "Power over budget", "Each robot's mean power divided by its budget. Above 1 it breaks its contract.", "percentunit",
         quantiles(f"torpor_power_watts{{{SITE}}} / torpor_power_budget_watts{{{SITE}}}")),
        ("timeseries", "Rest in sleep", "Share of the last sleep in which rest was proved, of those robots that can tell. Low is bad.", "percentunit",
         [(f"quantile(0.01, torpor_sleep_residency_ratio{{{SITE}}})", "1 of 100 is below"),
          (f"quantile(0.5, torpor_sleep_residency_ratio{{{SITE}}})", "half of the robots")]),
        ("timeseries", "Hot sleeps, by cause", "Sleeps in which a GPU or a processor stayed up. docs/investigate-hot-gpu.md has a section on each cause.", "short",
         [(f"sum by (cause) (increase(torpor_gpu_hot_cycles_total{{{SITE}}}[{WINDOW}]))", "{{cause}}")]),
        ("timeseries", "Wakings in sleep, by source", "timer is the robot's own waking, once a cycle.", "short",
         [(f"sum by (source) (increase(torpor_sleep_wakeups_total{{{SITE}}}[{WINDOW}]))", "{{source}}")]),
    ]),
    ("The watch", 8, [
        ("timeseries", "Verdicts", "Reached by all robots. An abstention has a reason, beside.", "short",
         [(f"sum by (verdict) (increase(torpor_verdicts_total{{{SITE}}}[{WINDOW}]))", "{{verdict}}")]),
        ("timeseries", "Why robots abstain", "Robots whose last verdict was none, by reason. standstill, accelerating and commissioning are no faults.", "short",
         [(f"sum by (reason) (torpor_abstains{{{SITE}}}) > 0", "{{reason}}")]),
        ("timeseries", "The ten highest scores", "1 is the threshold. A slow rise is wear, a step is a screw, a load or a mounting.", "short",
         [(f"topk(10, torpor_anomaly_score{{{SITE}}})", "{{instance}}")]),
        ("timeseries", "Commissioning", "Share of what a robot has to learn of its own machine before it judges it: the lowest, and the mean.", "percentunit",
         [(f"min(torpor_commissioning_ratio{{{SITE}}})", "lowest"), (f"avg(torpor_commissioning_ratio{{{SITE}}})", "mean")]),
        ("timeseries", "Time of an inference", "The last one of each robot.", "s",
         quantiles(f"torpor_inference_last_duration_seconds{{{SITE}}}")),
        ("timeseries", "Age of the data", "Of the batch when inference began. Beyond the contract's limit it is dropped.", "s",
         quantiles(f"torpor_data_age_seconds{{{SITE}}}")),
        ("timeseries", "Batches that were not used", "By reason. overrun is a computer that came too rarely, corrupt a line.", "short",
         [(f"sum by (reason) (increase(torpor_batches_dropped_total{{{SITE}}}[{WINDOW}]))", "{{reason}}")]),
        ("timeseries", "Robots whose journal waits", "Robots that hold cycles in memory because their disk takes none. See TorporJournalHeld.", "short",
         [(f"count(torpor_store_held_records{{{SITE}}} > 0) or vector(0)", "robots")]),
    ]),
    ("Reports and the gateway", 8, [
        ("timeseries", "Time since the last push", "On the clocks of gateway and Prometheus.", "s",
         quantiles(f"instance:torpor_push_age:seconds{{{SITE}}}")),
        ("timeseries", "Pushes that failed", "By reason; told with the next one that succeeds.", "short",
         [(f"sum by (reason) (increase(torpor_push_failures_total{{{SITE}}}[{WINDOW}]))", "{{reason}}")]),
        ("timeseries", "Time of a push", "The previous one of each robot.", "s",
         quantiles(f"torpor_push_duration_seconds{{{SITE}}}")),
        ("timeseries", "Clocks", "How far robots' clocks are from the gateway's. TorporClockSkew fires beyond 5 s.", "s",
         [(f"max(instance:torpor_clock_skew:seconds{{{SITE}}})", "furthest ahead"),
          (f"min(instance:torpor_clock_skew:seconds{{{SITE}}})", "furthest behind")]),
        ("timeseries", "Time to read the gateway", "A scrape is given up at 10 s.", "s",
         [('scrape_duration_seconds{job="pushgateway",site=~"$site"}', "{{site}}")]),
        ("timeseries", "Series on the gateway", "What one scrape brings. The example configuration refuses more than 45000.", "short",
         [('scrape_samples_scraped{job="pushgateway",site=~"$site"}', "{{site}}")]),
    ]),
]

ROBOT_ROWS = [
    ("Now", 5, [
        ("stat", "Reports", "1 while it keeps the promise of its last push.", "bool_yes_no",
         [(f"instance:torpor_live:bool{{{ROBOT}}}", "reports")]),
        ("stat", "Refuses", "1 while it refuses to work, with the reason; docs/reasons.md says what mends it.", "bool_yes_no",
         [(f"torpor_refused{{{ROBOT}}}", "{{reason}}")]),
        ("stat", "Agreement", "1 while firmware and computer hold the same contract.", "bool_yes_no",
         [(f"torpor_contract_agreement{{{ROBOT}}}", "agreed")]),
        ("stat", "Contract ends in", "Empty while nobody vouches for the robot's date.", "s",
         [(f"torpor_contract_remaining_seconds{{{ROBOT}}}", "left")]),
        ("stat", "Commissioning", "Share of what it has to learn of its own machine, at the speed heard last.", "percentunit",
         [(f"torpor_commissioning_ratio{{{ROBOT}}}", "learned")]),
        ("table", "What it runs", "Build, contract and model.", "short",
         [(f"torpor_build_info{{{ROBOT}}}", ""), (f"torpor_contract_info{{{ROBOT}}}", "")]),
    ]),
    ("Sleep and what it costs", 8, [
        ("timeseries", "Where its time goes", "Share of the time in each phase; together they are 1.", "percentunit",
         [(f"rate(torpor_phase_seconds_total{{{ROBOT}}}[{WINDOW}])", "{{phase}}")]),
        ("timeseries", "Time awake", "Its own claim over 5 minutes and an hour, the phases' over half an hour, and what its contract allows.", "percentunit",
         [(f"torpor_duty_cycle_ratio{{{ROBOT}}}", "claimed, {{window}}"),
          (f"instance:torpor_awake:ratio30m{{{ROBOT}}}", "by the phases, 30m"),
          (f"torpor_contract_duty_cycle_ratio{{{ROBOT}}}", "allowed")]),
        ("timeseries", "Cycles in breach, in a row", "By clause, as the robot counts them; 0 is a contract that is kept.", "short",
         [(f"torpor_contract_breach_cycles{{{ROBOT}}}", "{{clause}}")]),
        ("timeseries", "Cycles", "Ended complete and incomplete, and those in breach of any clause.", "short",
         [(f"increase(torpor_cycles_total{{{ROBOT}}}[{WINDOW}])", "{{result}}"),
          (f"increase(torpor_contract_breaches_total{{{ROBOT}}}[{WINDOW}])", "in breach")]),
        ("timeseries", "Power", "Mean over the last cycle, and the budget. Modelled where it is not metered, beside.", "watt",
         [(f"torpor_power_watts{{{ROBOT}}}", "power"), (f"torpor_power_budget_watts{{{ROBOT}}}", "budget")]),
        ("timeseries", "What is metered", "1 where a number comes from a meter: the whole power, and each rail.", "bool_yes_no",
         [(f"torpor_power_metered{{{ROBOT}}}", "power"), (f"torpor_rail_metered{{{ROBOT}}}", "{{rail}}")]),
        ("timeseries", "Power of each rail", "While it was metered. Rails may be parts of one another: do not add them up.", "watt",
         [(f"rate(torpor_energy_joules_total{{{ROBOT}}}[{WINDOW}])", "{{rail}}")]),
        ("timeseries", "Rest in sleep", "Share of the last sleep in which rest was proved; nothing where nothing is.", "percentunit",
         [(f"torpor_sleep_residency_ratio{{{ROBOT}}}", "rest")]),
        ("timeseries", "Hot sleeps, by cause", "docs/investigate-hot-gpu.md has a section on each.", "short",
         [(f"increase(torpor_gpu_hot_cycles_total{{{ROBOT}}}[{WINDOW}])", "{{cause}}")]),
        ("timeseries", "Wakings in sleep, by source", "timer is its own waking, once a cycle.", "short",
         [(f"increase(torpor_sleep_wakeups_total{{{ROBOT}}}[{WINDOW}])", "{{source}}")]),
        ("timeseries", "Accelerator held", "Share of the time for which a process held it.", "percentunit",
         [(f"rate(torpor_gpu_resident_seconds_total{{{ROBOT}}}[{WINDOW}])", "held")]),
        ("timeseries", "Taken by force", "Leases that were revoked at a deadline, and accelerator processes that were ended. The journal names whose.", "short",
         [(f"increase(torpor_leases_revoked_total{{{ROBOT}}}[{WINDOW}])", "leases"),
          (f"increase(torpor_accelerator_kills_total{{{ROBOT}}}[{WINDOW}])", "processes")]),
    ]),
    ("The watch", 8, [
        ("timeseries", "Score", "1 is the threshold. A cycle that abstains leaves the last one in place.", "short",
         [(f"torpor_anomaly_score{{{ROBOT}}}", "score")]),
        ("timeseries", "Verdicts", "Reached, by kind.", "short",
         [(f"increase(torpor_verdicts_total{{{ROBOT}}}[{WINDOW}])", "{{verdict}}")]),
        ("timeseries", "Why it abstains", "1 while its last verdict was none, with the reason.", "bool_yes_no",
         [(f"torpor_abstains{{{ROBOT}}}", "{{reason}}")]),
        ("timeseries", "Time between inferences", "Below the period something infers twice.", "s",
         [(f"torpor_inference_interval_seconds{{{ROBOT}}}", "interval")]),
        ("timeseries", "Time of an inference", "The last one, and the mean of those since.", "s",
         [(f"torpor_inference_last_duration_seconds{{{ROBOT}}}", "last"),
          (f"rate(torpor_inference_duration_seconds_sum{{{ROBOT}}}[{WINDOW}]) / rate(torpor_inference_duration_seconds_count{{{ROBOT}}}[{WINDOW}])", "mean")]),
        ("timeseries", "Age of the data", "Of the batch when the last inference began.", "s",
         [(f"torpor_data_age_seconds{{{ROBOT}}}", "age")]),
        ("timeseries", "Batches", "Offered, and not used by reason.", "short",
         [(f"increase(torpor_batches_total{{{ROBOT}}}[{WINDOW}])", "offered"),
          (f"increase(torpor_batches_dropped_total{{{ROBOT}}}[{WINDOW}])", "{{reason}}")]),
        ("timeseries", "Errors of its links", "To the firmware, and on the network.", "short",
         [(f"increase(torpor_link_errors_total{{{ROBOT}}}[{WINDOW}])", "{{link}}")]),
    ]),
    ("Journal, clock and reports", 8, [
        ("timeseries", "Journal", "Alarms that nobody took yet, cycles that wait for the disk, and cycles that are gone: aged is no fault, lost is one.", "short",
         [(f"torpor_store_records{{{ROBOT}}}", "alarms"), (f"torpor_store_held_records{{{ROBOT}}}", "waiting"),
          (f"increase(torpor_store_dropped_records_total{{{ROBOT}}}[{WINDOW}])", "{{reason}}")]),
        ("timeseries", "Time since its last push, and its promise", "It is silent when the one is above the other by more than 120 s.", "s",
         [(f"instance:torpor_push_age:seconds{{{ROBOT}}}", "since the last push"),
          (f"torpor_push_interval_seconds{{{ROBOT}}}", "promise")]),
        ("timeseries", "Pushes", "Those that failed, by reason; told with the next one that succeeds.", "short",
         [(f"increase(torpor_push_failures_total{{{ROBOT}}}[{WINDOW}])", "{{reason}}")]),
        ("timeseries", "Time of a push", "The previous one.", "s",
         [(f"torpor_push_duration_seconds{{{ROBOT}}}", "push")]),
        ("timeseries", "Clock", "How far it is from the gateway's, the time of a push included.", "s",
         [(f"instance:torpor_clock_skew:seconds{{{ROBOT}}}", "ahead")]),
        ("timeseries", "Steps of its clock", "By more than a second.", "short",
         [(f"increase(torpor_clock_steps_total{{{ROBOT}}}[{WINDOW}])", "steps")]),
    ]),
]

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def panel(number, kind, title, description, unit, queries, place):
    instant = kind != "timeseries"
    made = {
        "id": number,
        "type": kind,
        "title": title,
        "description": description,
        "datasource": DATASOURCE,
        "interval": "1m",  # as often as robots push
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "options": {},
        "targets": [
            {"refId": chr(ord("A") + i), "datasource": DATASOURCE, "expr": expression, "legendFormat": legend,
             "instant": instant, "range": not instant, "format": "table" if kind == "table" else "time_series"}
            for i, (expression, legend) in enumerate(queries)
        ],
    }
    if kind == "table" and len(queries) > 1:
        made["transformations"] = [{"id": "merge", "options": {}}]
    return made


def panels(rows):
    made, top = [], 0
    for heading, height, tables in rows:
        if heading:
            made.append({"id": len(made) + 1, "type": "row", "title": heading, "collapsed": False, "panels": [],
                         "gridPos": {"x": 0, "y": top, "w": COLUMNS, "h": 1}})
            top += 1
        per_line = {5: 6, 6: 4, 8: 3}[height]
        width = COLUMNS // per_line
        for i, table in enumerate(tables):
            place = {"x": i % per_line * width, "y": top + i // per_line * height, "w": width, "h": height}
            made.append(panel(len(made) + 1, *table, place))
        top += (len(tables) + per_line - 1) // per_line * height
    return made


def variable(name, label, query, several):
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "definition": query,
            "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "multi": several, "includeAll": several,
            **({"allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]}} if several else {})}


def dashboard(name, title, description, rows, several, link):
    return {
        "uid": f"torpor-{name}",
        "title": title,
        "description": description,
        "tags": ["torpor"],
        "editable": False,
        "graphTooltip": 1,
        "schemaVersion": 37,
        "version": 1,
        "refresh": "1m",
        "timezone": "browser",
        "time": {"from": "now-6h", "to": "now"},
        "links": [{"type": "link", "icon": "dashboard", "title": link[0], "tooltip": "", "url": link[1], "tags": [],
                   "asDropdown": False, "targetBlank": False, "keepTime": True, "includeVars": False}],
        "templating": {"list": [
            {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1,
             "multi": False, "includeAll": False},
            variable("site", "Site", "label_values(instance:torpor_live:bool, site)", several),
            variable("instance", "Robot",
                     'label_values(instance:torpor_live:bool{site=~"$site"}, instance)', several),
        ]},
        "panels": panels(rows),
    }


def made():
    return {
        "site.json": dashboard("site", "torpor: a site", "Who sleeps, who watches, who reports.", SITE_ROWS, True,
                               ("One robot", "/d/torpor-robot?var-datasource=${datasource}&${site:queryparam}")),
        "robot.json": dashboard("robot", "torpor: a robot", "One robot's cycles, power, watch and reports.", ROBOT_ROWS, False,
                                ("Its site", "/d/torpor-site?var-datasource=${datasource}&var-site=${site}")),
    }


def text(content):
    return json.dumps(content, indent=1) + "\n"


if __name__ == "__main__":
    for file, content in made().items():
        (HERE / file).write_text(text(content))
