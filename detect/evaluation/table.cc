#include "detect/evaluation/table.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "detect/evaluation/parallel.h"
#include "detect/evaluation/threshold.h"

namespace torpor::detect::evaluation {
namespace {

std::vector<Teacher> Without(const std::vector<Machine>& machines, std::size_t a,
                             std::size_t b) {
  std::vector<Teacher> teachers;
  for (std::size_t m = 0; m < machines.size(); ++m) {
    if (m != a && m != b) teachers.push_back(machines[m].AsTeacher());
  }
  return teachers;
}

ScoreTable Empty(const std::vector<Machine>& machines) {
  const std::size_t n = machines.size();
  ScoreTable table;
  table.life.resize(n);
  table.injected.resize(n);
  table.nested.assign(n, std::vector<Vector>(n));
  return table;
}

void ScoreOne(const Judge& judge, const Machine& machine, Vector& life,
              std::vector<Vector>& injected) {
  life = judge.Score(machine.own, machine.life);
  for (const Minutes& minutes : machine.injected) {
    injected.push_back(judge.Score(machine.own, minutes));
  }
}

// The minutes that a threshold may come from, and those before them for smoothing.
Vector UpToHealthyEnd(const Judge& judge, const Machine& machine) {
  return judge.Score(machine.own, machine.life.Part(0, machine.spans.healthy.end));
}

// Every score of a table, changed by one function of (machine, scores).
template <class Change>
void ForEveryLife(ScoreTable& table, const Change& change) {
  for (std::size_t i = 0; i < table.life.size(); ++i) change(i, table.life[i]);
  for (auto& judged : table.nested) {
    for (std::size_t j = 0; j < judged.size(); ++j) {
      if (judged[j].size() > 0) change(j, judged[j]);
    }
  }
}

}  // namespace

std::vector<ScoreTable> ScoreNested(const std::vector<std::unique_ptr<Row>>& rows,
                                    const std::vector<Machine>& machines,
                                    const Progress& progress) {
  const std::size_t n = machines.size();
  std::vector<ScoreTable> tables(rows.size(), Empty(machines));
  std::vector<std::pair<std::size_t, std::size_t>> left_out;  // both the same: one
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) left_out.emplace_back(i, j);
  }
  const std::size_t jobs = rows.size() * left_out.size();
  std::atomic<std::size_t> done = 0;
  ForEach(jobs, [&](std::size_t job) {
    ScoreTable& table = tables[job / left_out.size()];
    const auto [i, j] = left_out[job % left_out.size()];
    const auto teachers = Without(machines, i, j);
    const auto judge = rows[job / left_out.size()]->Fit(teachers);
    if (i == j) {
      ScoreOne(*judge, machines[i], table.life[i], table.injected[i]);
    } else {
      table.nested[i][j] = UpToHealthyEnd(*judge, machines[j]);
      table.nested[j][i] = UpToHealthyEnd(*judge, machines[i]);
    }
    const std::size_t now = ++done;
    if (progress) progress(now, jobs);
  });
  for (std::size_t r = 0; r < rows.size(); ++r) tables[r].row = rows[r]->name();
  return tables;
}

ScoreTable ScoreByFold(const std::vector<std::unique_ptr<Row>>& by_fold,
                       std::uint32_t seed, const std::vector<Machine>& machines) {
  const std::size_t n = machines.size();
  ScoreTable table = Empty(machines);
  table.row = by_fold.front()->name();
  table.seed = seed;
  ForEach(n, [&](std::size_t i) {
    std::vector<Teacher> teachers;
    for (const Machine& other : machines) {
      if (other.fold != machines[i].fold) teachers.push_back(other.AsTeacher());
    }
    const auto judge = by_fold[machines[i].fold]->Fit(teachers);
    ScoreOne(*judge, machines[i], table.life[i], table.injected[i]);
  });
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j) continue;
      table.nested[i][j] =
          table.life[j].head(static_cast<Eigen::Index>(machines[j].spans.healthy.end));
    }
  }
  return table;
}

std::optional<std::size_t> NotFinite(const ScoreTable& table) {
  for (std::size_t i = 0; i < table.life.size(); ++i) {
    bool finite = table.life[i].allFinite();
    for (const Vector& scores : table.injected[i]) finite = finite && scores.allFinite();
    for (const Vector& scores : table.nested[i]) finite = finite && scores.allFinite();
    if (!finite) return i;
  }
  return std::nullopt;
}

ScoreTable Smooth(const ScoreTable& table, double share,
                  const std::vector<Machine>& machines) {
  ScoreTable smooth = table;
  for (auto& levels : smooth.injected) levels.clear();
  ForEveryLife(smooth, [&](std::size_t machine, Vector& scores) {
    const auto first = static_cast<Eigen::Index>(machines[machine].spans.own.first);
    for (Eigen::Index i = first + 1; i < scores.size(); ++i) {
      scores(i) = share * scores(i) + (1 - share) * scores(i - 1);
    }
  });
  return smooth;
}

ScoreTable FuseByThreshold(const ScoreTable& a, const ScoreTable& b,
                           const std::vector<Machine>& machines) {
  ScoreTable fused = a;
  fused.seed = a.seed ? a.seed : b.seed;
  fused.threshold_is_one = true;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const double of_a = ForeignThreshold(a, machines, i).value;
    const double of_b = ForeignThreshold(b, machines, i).value;
    const auto larger = [&](const Vector& x, const Vector& y) -> Vector {
      return (x / of_a).cwiseMax(y / of_b);
    };
    fused.life[i] = larger(a.life[i], b.life[i]);
    for (std::size_t level = 0; level < fused.injected[i].size(); ++level) {
      fused.injected[i][level] = larger(a.injected[i][level], b.injected[i][level]);
    }
    for (std::size_t j = 0; j < machines.size(); ++j) {
      if (i != j) fused.nested[i][j] = larger(a.nested[i][j], b.nested[i][j]);
    }
  }
  return fused;
}

}  // namespace torpor::detect::evaluation
