# What is there before a block of a page, by the names that its mark `setting` calls. Read by the
# shell that runs the page, in the page's own folder.
# shellcheck shell=bash

# A first contract for robot r-17, signed, and what goes with it.
a_contract() {
  torpor contract keygen fleet
  torpor contract new --base bench-10s --robot r-17 --gateway http://127.0.0.1:9091 -o night.toml
  # A period of two seconds, so that nobody waits.
  sed -i 's/^targets/period = "2 s"\ntargets/' night.toml
  cat "$TORPOR_SOURCE/tests/two-seconds.toml" >> night.toml
  torpor contract sign night.toml --key fleet.key -o night.dsse
}

# That robot, provisioned; what its computer needs is in this folder, and where a robot has it.
a_robot() {
  a_contract
  mkdir -p keys board state
  cp fleet.pub keys
  torpor pair --robot . --firmware board
  torpor baseline fit --contract night.dsse --simulated 4 --model none --quiet -o fleet.baseline
  torpor-firmware --flash board/flash --provision --bundle night.dsse --keyring fleet.pub \
    --pairing board/pairing.key --robot-id r-17
  mkdir -p /etc/torpor/pairing /var/lib
  cp night.dsse /etc/torpor/contract.dsse
  cp pairing.key /etc/torpor/pairing
  cp -r keys fleet.baseline /etc/torpor
  ln -sfn "$PWD/state" /var/lib/torpord
}

# That robot at work: the host's firmware with a simulated bearing, and torpord.
a_robot_at_work() {
  a_robot
  torpor-firmware --flash board/flash --link socket:mcu.sock --simulate-bearing 7 --fault none > firmware.log 2>&1 &
  until [ -S mcu.sock ]; do sleep 0.05; done
  torpord_starts
}

torpord_starts() {
  torpord --robot-id r-17 --contract night.dsse --keyring keys --pairing pairing.key --baseline fleet.baseline \
    --model none --state state --link mcu.sock > robot.log 2>&1 &
  torpord_is=$!
  local before
  before=$(inferences)
  until [ "$(inferences)" -gt "$before" ]; do sleep 0.1; done
}

torpord_stops() {
  kill "$torpord_is"
  wait "$torpord_is" || true
}

learned() {  # how many cycles the gateway knows r-17 to have learned from, of 120
  curl -s http://127.0.0.1:9091/metrics | sed -nE 's/^torpor_commissioning_ratio\{.*r-17.*\} //p' | awk '{ print int($1 * 120 + 0.5) }'
}

# Stops it once it has learned a little; what it has learned since it starts again is less.
torpord_has_learned() {
  until [ "$(learned)" -ge 3 ]; do sleep 0.1; done
  torpord_stops
  learned_before=$(inferences)
}

it_learns_anew() {
  torpord_starts
  [ "$(learned)" -le $(($(inferences) - learned_before)) ]
}

inferences() {
  sqlite3 -readonly state/journal.sqlite 'SELECT count(*) FROM cycles WHERE inferred' 2> /dev/null || echo 0
}

# The source of its next contract: a shorter time to judge.
a_changed_source() {
  sed 's/^version = 1 .*/version = 2/; s/^judge = .*/judge = "150 ms"/; s/^sleep = "1000 ms"/sleep = "1050 ms"/' \
    night.toml > next.toml
}

# An hour of a robot's life in compressed time, lived once for all pages.
a_life() {
  (
    flock 9
    [ -e "$TORPOR_SHARED/life/done" ] || {
      torpor simulate -q --hours 1 --work "$TORPOR_SHARED/life"
      touch "$TORPOR_SHARED/life/done"
    }
  ) 9> "$TORPOR_SHARED/life.lock"
}

# The state folder of that robot, which is at rest: as state/, and where a robot has it.
a_state_folder() {
  a_life
  cp -r "$TORPOR_SHARED/life/bearing-1/state" state
  mkdir -p /var/lib
  cp -r state /var/lib/torpord
}

# A Pushgateway.
a_gateway() {
  prometheus-pushgateway --web.listen-address=127.0.0.1:9091 > gateway.log 2>&1 &
  until curl -sf http://127.0.0.1:9091/-/ready > /dev/null; do sleep 0.1; done
}

# The roster of docs/roster.md, and the two robots of it that ever pushed.
a_roster() {
  printf 'amr-17  active     # is to report\namr-18  parked     # may be silent, and comes back\namr-03  retired    # is gone for good\n' \
    > hall-3.roster
}

# A site that watches it: the gateway, the robot at work, and Prometheus with the shipped rules.
a_site() {
  a_gateway
  a_robot_at_work
  mkdir -p site
  cp deploy/prometheus/prometheus.yml deploy/prometheus/*.rules.yml deploy/prometheus/alertmanager.yml site
  prometheus --config.file=site/prometheus.yml --storage.tsdb.path=site/series \
    --web.listen-address=127.0.0.1:9090 2> prometheus.log &
  until promtool query instant http://127.0.0.1:9090 'instance:torpor_live:bool' 2> /dev/null | grep -q r-17; do sleep 0.2; done
}

# Its Alertmanager, with the shipped routes.
an_alertmanager() {
  prometheus-alertmanager --config.file=site/alertmanager.yml --storage.path=site/alerts --cluster.listen-address= \
    --web.listen-address=127.0.0.1:9093 2> alertmanager.log &
  until curl -sf http://127.0.0.1:9093/-/ready > /dev/null; do sleep 0.1; done
}

# Recordings of six healthy machines, my-data/pump-1.wav to pump-6.wav, without a manifest: noise and
# a hum of each one's own, 15 s at 25.6 kHz from two axes.
my_recordings() {
  mkdir -p my-data
  python3 - << 'END'
import array, math, random, wave
RATE, SECONDS = 25600, 15
for number in range(1, 7):
    draw = random.Random(number)
    noise = array.array("h", draw.randbytes(2 * 2 * RATE * SECONDS))
    hum = [[round(60 * math.sin(6.2832 * hertz * i / RATE)) for i in range(RATE)]
           for hertz in (draw.randint(40, 400), draw.randint(40, 400))]
    louder = draw.uniform(90, 130)
    frames = array.array("h", (int(value / louder) + hum[i % 2][i // 2 % RATE] for i, value in enumerate(noise)))
    with wave.open(f"my-data/pump-{number}.wav", "wb") as out:
        out.setparams((2, 2, RATE, 0, "NONE", "NONE"))
        out.writeframes(frames.tobytes())
END
}
