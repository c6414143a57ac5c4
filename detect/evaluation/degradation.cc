#include "detect/evaluation/degradation.h"

#include <algorithm>

#include "detect/evaluate.h"
#include "detect/evaluation/threshold.h"

namespace torpor::detect::evaluation {
namespace {

Vector Of(const Vector& scores, Span span) {
  return scores.segment(static_cast<Eigen::Index>(span.first),
                        static_cast<Eigen::Index>(span.count()));
}

std::size_t Over(const Vector& scores, double threshold) {
  return static_cast<std::size_t>((scores.array() > threshold).count());
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return (values[values.size() / 2] + values[(values.size() - 1) / 2]) / 2;
}

// The share of something over all machines of a list.
template <class Count, class Total>
FigureOf Share(const std::vector<Heard>& heard, Count count, Total total) {
  return [&heard, count, total](const std::vector<std::size_t>& machines) {
    std::size_t over = 0, all = 0;
    for (const std::size_t m : machines) {
      over += heard[m].*count;
      all += heard[m].*total;
    }
    return static_cast<double>(over) / static_cast<double>(all);
  };
}

}  // namespace

std::optional<std::size_t> FirstAlarm(const Vector& scores, double threshold,
                                      std::size_t from) {
  const auto size = static_cast<std::size_t>(scores.size());
  std::size_t over = 0;
  const auto above = [&](std::size_t i) {
    return scores(static_cast<Eigen::Index>(i)) > threshold;
  };
  for (std::size_t i = from; i < size; ++i) {
    over += above(i) ? 1U : 0U;
    if (i >= from + kAlarmN && above(i - kAlarmN)) --over;
    if (above(i) && over >= kAlarmK) return i;
  }
  return std::nullopt;
}

Degradation JudgeDegradation(const ScoreTable& table,
                             const std::vector<Machine>& machines, std::uint64_t seed) {
  Degradation result;
  result.row = table.row;
  result.seed = table.seed;
  std::vector<Vector> healthy, middle, end;
  std::vector<double> leads;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const Machine& machine = machines[i];
    const Vector& scores = table.life[i];
    healthy.push_back(Of(scores, machine.spans.healthy));
    middle.push_back(Of(scores, machine.spans.middle));
    end.push_back(Of(scores, machine.spans.end));
    const Threshold threshold = ForeignThreshold(table, machines, i);

    Heard heard;
    heard.id = machine.id;
    heard.threshold = threshold.value;
    heard.threshold_by = machines[threshold.by].id;
    heard.healthy_minutes = machine.spans.healthy.count();
    heard.healthy_over = Over(healthy.back(), threshold.value);
    heard.end_minutes = machine.spans.end.count();
    heard.end_over = Over(end.back(), threshold.value);
    heard.alarm = FirstAlarm(scores, threshold.value, machine.spans.healthy.first);
    if (heard.alarm) {
      heard.false_alarm = *heard.alarm < machine.spans.healthy.end;
      heard.lead_minutes = machine.life.count() - *heard.alarm;
      result.false_alarms += heard.false_alarm ? 1U : 0U;
      if (!heard.false_alarm) leads.push_back(static_cast<double>(heard.lead_minutes));
    }
    result.healthy_minutes += heard.healthy_minutes;
    result.healthy_over += heard.healthy_over;
    result.machines.push_back(std::move(heard));
  }
  result.alarmed = leads.size();
  result.median_lead = Median(leads);
  result.fpr_bound = UpperBound(result.healthy_over, result.healthy_minutes);

  const Wins ends(end, healthy), middles(middle, healthy);
  const std::size_t n = machines.size();
  for (std::size_t i = 0; i < n; ++i) {
    result.machines[i].auroc = ends.MeanAuroc({i});
    result.machines[i].drift = middles.MeanAuroc({i});
  }
  const auto mean = [](const Wins& wins) {
    return [&wins](const std::vector<std::size_t>& m) { return wins.MeanAuroc(m); };
  };
  result.auroc = Resampled(n, mean(ends), seed);
  result.drift = Resampled(n, mean(middles), seed);
  result.pooled = Resampled(
      n, [&](const std::vector<std::size_t>& m) { return ends.PooledAuroc(m); }, seed);
  result.fpr = Resampled(
      n, Share(result.machines, &Heard::healthy_over, &Heard::healthy_minutes), seed);
  result.tpr =
      Resampled(n, Share(result.machines, &Heard::end_over, &Heard::end_minutes), seed);
  return result;
}

}  // namespace torpor::detect::evaluation
