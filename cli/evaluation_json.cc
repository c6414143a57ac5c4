#include "cli/evaluation_paired.h"
#include "cli/evaluation_report.h"
#include "cli/evaluation_rounding.h"

namespace torpor::cli {
namespace {

namespace evaluation = detect::evaluation;
using Json = nlohmann::ordered_json;

Json JsonOf(const evaluation::Figure& figure) {
  return {{"value", figure.value},
          {"low", figure.interval.low},
          {"high", figure.interval.high}};
}

Json JsonOf(const evaluation::Heard& m) {
  Json json{{"id", m.id},
            {"auroc", m.auroc},
            {"drift_auroc", m.drift},
            {"threshold", m.threshold},
            {"threshold_by", m.threshold_by},
            {"healthy_minutes", m.healthy_minutes},
            {"healthy_over", m.healthy_over},
            {"end_minutes", m.end_minutes},
            {"end_over", m.end_over},
            {"missed", !m.alarm}};
  if (m.alarm) {
    json["first_alarm_minute"] = *m.alarm;
    json["false_alarm"] = m.false_alarm;
    json["lead_minutes"] = m.lead_minutes;
  }
  return json;
}

template <class Result>
Json Head(const Result& row) {
  Json json{{"row", row.row}};
  if (row.seed) json["seed"] = *row.seed;
  return json;
}

Json JsonOf(const evaluation::Degradation& row) {
  Json json = Head(row);
  json["auroc"] = JsonOf(row.auroc);
  json["pooled_auroc"] = JsonOf(row.pooled);
  json["drift_auroc"] = JsonOf(row.drift);
  json["fpr"] = JsonOf(row.fpr);
  json["tpr"] = JsonOf(row.tpr);
  json["healthy_minutes"] = row.healthy_minutes;
  json["healthy_over"] = row.healthy_over;
  json["fpr_bound"] = row.fpr_bound;
  json["false_alarms"] = row.false_alarms;
  json["alarmed"] = row.alarmed;
  json["median_lead_minutes"] = row.median_lead;
  for (const auto& machine : row.machines) json["machines"].push_back(JsonOf(machine));
  return json;
}

Json JsonOf(const evaluation::Limit& row) {
  Json json = Head(row);
  json["positives"] = row.positives;
  json["negatives"] = row.negatives;
  for (std::size_t i = 0; i < evaluation::kLevelsDb.size(); ++i) {
    json["levels"].push_back({{"db", evaluation::kLevelsDb[i]},
                              {"auroc", JsonOf(row.auroc[i])},
                              {"tpr", JsonOf(row.tpr[i])}});
  }
  return json;
}

Json JsonOf(const evaluation::TerrainResult& row) {
  Json json{{"row", row.row},
            {"windows", row.windows},
            {"known_over", row.known_over},
            {"unseen_over", row.unseen_over},
            {"known_alarms", row.known_alarms},
            {"unseen_alarms", row.unseen_alarms}};
  for (const auto& d : row.drives) {
    json["drives"].push_back({{"id", d.id},
                              {"terrain", d.terrain},
                              {"windows", d.windows},
                              {"threshold", d.threshold},
                              {"known_over", d.known_over},
                              {"unseen_over", d.unseen_over},
                              {"known_alarm", d.known_alarm},
                              {"unseen_alarm", d.unseen_alarm}});
  }
  return json;
}

Json JsonOf(const Paired& paired) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < paired.rows.size(); ++i) {
    Json row{{"row", paired.rows[i].name}, {"seeds", paired.rows[i].seeds}};
    for (const PairedColumn& column : paired.columns) {
      if (const auto& figure = column.less_gate[i]) row[column.head] = JsonOf(*figure);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json JsonOf(const std::vector<Rounding>& all) {
  Json rows = Json::array();
  for (const Rounding& rounding : all) {
    for (const RoundingChange& change : rounding.changes) {
      Json seeds = Json::array();
      for (std::size_t i = 0; i < rounding.seeds.size(); ++i) {
        seeds.push_back({{"seed", rounding.seeds[i]}, {"change", change.by_seed[i]}});
      }
      rows.push_back({{"row", rounding.row},
                      {"figure", change.figure},
                      {"mean", change.Mean()},
                      {"furthest", change.Furthest()},
                      {"by_seed", std::move(seeds)}});
    }
  }
  return rows;
}

}  // namespace

nlohmann::ordered_json JsonOf(const Report& report) {
  Json json;
  json["networks"] = report.has_networks;
  for (const DegradationTable& table : report.degradation) {
    Json rows = Json::array();
    for (const auto& row : table.rows) rows.push_back(JsonOf(row));
    json["p3"].push_back({{"commissioning", table.title}, {"rows", std::move(rows)}});
  }
  for (const auto& row : report.limit) json["p4"].push_back(JsonOf(row));
  json["less_gate"] = JsonOf(ComparePaired(report));
  json["int8_less_float"] = JsonOf(CompareRounding(report));
  for (const auto& row : report.terrain) json["imu"].push_back(JsonOf(row));
  return json;
}

}  // namespace torpor::cli
