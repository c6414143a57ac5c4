// The data of the report, as torpor report --json prints them (docs/report.md), and how its
// numbers are said.
const data = JSON.parse(document.getElementById("data").textContent);

// A column back from "plain" or "runs", differences summed up; what is not there is NaN.
function expand(column) {
  const numbers = [];
  if (column.plain) {
    for (const value of column.plain) numbers.push(value === null ? NaN : value);
  } else {
    for (let i = 0; i + 1 < column.runs.length; i += 2) {
      const value = column.runs[i] === null ? NaN : column.runs[i];
      for (let times = column.runs[i + 1]; times > 0; --times) numbers.push(value);
    }
  }
  if (column.delta) for (let i = 1; i < numbers.length; ++i) numbers[i] += numbers[i - 1];
  return numbers;
}

const cycles = {};
for (const name of Object.keys(data.columns)) cycles[name] = expand(data.columns[name]);
const count = cycles.cycle.length;

const awakePhases = ["wake", "collect", "infer", "release", "judge", "report"];
const phaseWords = {
  wake: "waking",
  collect: "collecting",
  infer: "inferring",
  release: "releasing",
  judge: "judging",
  report: "reporting",
  sleep: "asleep",
};
// In the order in which a record has them: it begins with the report and the sleep after a commit.
const phasesInOrder = ["report", "sleep", "wake", "collect", "infer", "release", "judge"];
const dropReasons = {
  overrun: "overwritten by the firmware",
  stale: "too old for the contract",
  corrupt: "did not arrive whole",
  gap: "lost with a restart of the firmware",
};
const verdictWords = ["normal", "anomaly", "abstains"];

// Where each cycle stands on the axis of time: from the first waking on, by the boot clock.
const start = count > 0 ? cycles.wall_less_at_ms[0] + cycles.at_ms[0] : 0;
const x = cycles.at_ms.map((at) => start + at - (count > 0 ? cycles.at_ms[0] : 0));
const awake = x.map((_, i) => awakePhases.reduce((sum, phase) => sum + cycles[phase + "_us"][i], 0));
const dropped = x.map((_, i) => Object.keys(dropReasons).reduce((sum, why) => sum + cycles[why][i], 0));
const limits = x.map((_, i) => data.contracts[cycles.contract[i]].limits);
const deviations = {
  place: expand(data.deviations.place),
  reason: expand(data.deviations.reason),
  text: expand(data.deviations.text),
};
const deviant = [...new Set(deviations.place)]; // places of the cycles that deviated
const alarming = x.map((_, i) => i).filter((i) => cycles.alarm[i] === 1);

const grouped = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const whole = (number) => grouped.format(number);
const plural = (number, one, many) => `${whole(number)} ${number === 1 ? one : many}`;
const fixed = (number, digits) =>
  new Intl.NumberFormat("en", {minimumFractionDigits: digits, maximumFractionDigits: digits}).format(number);

function lasting(us) {
  if (!Number.isFinite(us)) return "not known";
  if (us === 0) return "0 s";
  if (us < 1e4) return `${fixed(us / 1e3, 3)} ms`;
  if (us < 1e6) return `${fixed(us / 1e3, 1)} ms`;
  if (us < 120e6) return `${fixed(us / 1e6, 2)} s`;
  if (us < 7200e6) return `${fixed(us / 60e6, 1)} min`;
  return `${fixed(us / 3600e6, 1)} h`;
}
const joules = (uj) => (Number.isFinite(uj) ? `${fixed(uj / 1e6, 2)} J` : "unmetered");

function timeOf(ms) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return `second ${Math.floor(ms / 1000)} of Unix time`;
  return date.toISOString().replace("T", " ").slice(0, -5);
}
// As the robot believed it.
const wallOf = (i) => timeOf(cycles.wall_less_at_ms[i] + cycles.at_ms[i]);
const nameOf = (i) => `Cycle ${whole(cycles.cycle[i])}`;
const reasonOf = (number) =>
  data.reasons[number] || {name: String(number), meaning: `reason ${number}`, advice: ""};

function scoreWords(i) {
  if (cycles.verdict[i] === 2) return `abstains: ${reasonOf(cycles.abstained[i]).meaning}`;
  const score = Number.isFinite(cycles.score[i]) ? fixed(cycles.score[i] / 1e4, 4) : "not a number";
  return `score ${score}, ${verdictWords[cycles.verdict[i]]}${cycles.alarm[i] ? ", ALARM" : ""}`;
}
function deviationsOf(i) {
  const found = [];
  for (let k = firstAtLeast(deviations.place, i); deviations.place[k] === i; ++k) {
    found.push({reason: deviations.reason[k], text: data.texts[deviations.text[k]]});
  }
  return found;
}

// The first place in ascending numbers that holds at least this one.
function firstAtLeast(numbers, least) {
  let low = 0,
    high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
// The cycle nearest to a time.
function nearest(time) {
  const i = firstAtLeast(x, time);
  if (i === 0) return 0;
  if (i === count) return count - 1;
  return time - x[i - 1] < x[i] - time ? i - 1 : i;
}
