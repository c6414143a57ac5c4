// The tables of a journal, as SQL: the truth behind docs/journal.md.
#pragma once

#include <string_view>

namespace torpor::telemetry {

// Another number is another layout; a journal of one is refused, never converted in
// place. What is only added (kJournalAdditions) leaves the number: a journal without it
// is opened and given it, and older programs do not look at it.
inline constexpr int kJournalSchemaVersion = 1;
inline constexpr int kJournalApplicationId = 0x746F7270;  // "torp", in the file's header

// Counters the journal keeps about itself.
inline constexpr std::string_view kDroppedCycles = "journal_dropped_cycles";
inline constexpr std::string_view kLostCycles = "journal_lost_cycles";

inline constexpr std::string_view kCountUndelivered =
    "SELECT count(*) FROM alarms WHERE delivered = 0";

inline constexpr std::string_view kJournalTables = R"sql(
CREATE TABLE cycles (
  cycle INTEGER PRIMARY KEY,
  woke_us INTEGER NOT NULL, wall_us INTEGER NOT NULL,
  wake_us INTEGER NOT NULL, collect_us INTEGER NOT NULL, infer_us INTEGER NOT NULL,
  release_us INTEGER NOT NULL, judge_us INTEGER NOT NULL, report_us INTEGER NOT NULL,
  sleep_us INTEGER NOT NULL,
  inferred INTEGER NOT NULL, batch_sequence INTEGER NOT NULL, batch_age_us INTEGER NOT NULL,
  since_last_inference_us INTEGER NOT NULL,
  dropped_overrun INTEGER NOT NULL, dropped_stale INTEGER NOT NULL,
  dropped_corrupt INTEGER NOT NULL, dropped_gap INTEGER NOT NULL,
  verdict INTEGER NOT NULL, why_abstained INTEGER NOT NULL, score REAL, alarm INTEGER NOT NULL,
  energy_uj INTEGER NOT NULL, metered INTEGER NOT NULL,
  wakeups_awake INTEGER NOT NULL, wakeups_asleep INTEGER NOT NULL,
  contract TEXT NOT NULL
);
CREATE TRIGGER cycles_are_append_only BEFORE UPDATE ON cycles
BEGIN SELECT RAISE(ABORT, 'a journalled cycle is never changed'); END;

CREATE TABLE deviations (
  cycle INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  reason INTEGER NOT NULL, detail TEXT NOT NULL,
  PRIMARY KEY (cycle, ordinal)
) WITHOUT ROWID;

CREATE TABLE alarms (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE, cycle INTEGER NOT NULL, body TEXT NOT NULL,
  delivered INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX alarms_undelivered ON alarms (number) WHERE delivered = 0;

CREATE TABLE state (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE reasons (number INTEGER PRIMARY KEY, name TEXT NOT NULL, meaning TEXT NOT NULL);

CREATE VIEW cycle_summary AS
SELECT cycle, datetime(wall_us / 1000000, 'unixepoch') AS wall_utc,
       round((wake_us + collect_us + infer_us + release_us + judge_us + report_us) / 1e3, 3)
         AS awake_ms,
       round(infer_us / 1e3, 3) AS infer_ms, round(sleep_us / 1e6, 3) AS slept_before_s,
       round(batch_age_us / 1e3, 3) AS batch_age_ms,
       round(since_last_inference_us / 1e6, 3) AS since_last_inference_s,
       dropped_overrun + dropped_stale + dropped_corrupt + dropped_gap AS dropped_batches,
       CASE verdict WHEN 0 THEN 'normal' WHEN 1 THEN 'anomaly' ELSE 'abstain' END AS verdict,
       CASE WHEN why_abstained = 0 THEN ''
            ELSE coalesce((SELECT name FROM reasons WHERE number = why_abstained),
                          why_abstained) END AS why_abstained,
       round(score, 4) AS score, alarm, round(energy_uj / 1e6, 6) AS energy_j,
       CASE metered WHEN 1 THEN 'metered' ELSE 'modelled' END AS energy_from,
       wakeups_awake, wakeups_asleep, contract
FROM cycles;

CREATE VIEW deviation_summary AS
SELECT cycle, coalesce(reasons.name, reason) AS reason, detail
FROM deviations LEFT JOIN reasons ON reasons.number = reason;

CREATE VIEW undelivered_alarms AS
SELECT number, id, cycle, body FROM alarms WHERE delivered = 0;
)sql";

// Given to every journal that lacks them when torpord opens it.
inline constexpr std::string_view kJournalAdditions = R"sql(
CREATE TABLE IF NOT EXISTS rail_energy (
  cycle INTEGER NOT NULL, rail TEXT NOT NULL, how INTEGER NOT NULL,
  wake_uj INTEGER, collect_uj INTEGER, infer_uj INTEGER, release_uj INTEGER,
  judge_uj INTEGER, report_uj INTEGER, sleep_uj INTEGER,
  why TEXT NOT NULL,
  PRIMARY KEY (cycle, rail)
) WITHOUT ROWID;

CREATE VIEW IF NOT EXISTS rail_summary AS
SELECT cycle, rail,
       CASE how WHEN 1 THEN 'counted' WHEN 2 THEN 'sampled' WHEN 3 THEN 'at-most'
                ELSE 'unmetered' END AS how,
       round((wake_uj + collect_uj + infer_uj + release_uj + judge_uj + report_uj + sleep_uj)
             / 1e6, 6) AS energy_j,
       round((infer_uj + release_uj) / 1e6, 6) AS inference_j,
       round(sleep_uj / 1e6, 6) AS sleep_j, why
FROM rail_energy;

CREATE TABLE IF NOT EXISTS residency (
  cycle INTEGER PRIMARY KEY,
  slept REAL, gpu_before TEXT NOT NULL, gpu_after TEXT NOT NULL, suspended_ms INTEGER,
  railgated INTEGER, clocks_pinned INTEGER NOT NULL, idle_share REAL,
  causes TEXT NOT NULL, because TEXT NOT NULL, active_sources TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS interrupts (
  cycle INTEGER PRIMARY KEY, times INTEGER NOT NULL, busiest TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS alarm_deliveries (
  alarm INTEGER NOT NULL, sink TEXT NOT NULL,
  confirmed INTEGER NOT NULL, refusals INTEGER NOT NULL,
  PRIMARY KEY (alarm, sink)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alarms_refused ON alarm_deliveries (sink, refusals, alarm)
  WHERE confirmed = 0;
CREATE TRIGGER IF NOT EXISTS deliveries_go_with_their_alarm AFTER DELETE ON alarms
BEGIN DELETE FROM alarm_deliveries WHERE alarm = OLD.number; END;
)sql";

}  // namespace torpor::telemetry
