#!/usr/bin/env bash
# Runs what docs/examples has for clusters: a Slurm of this one machine, with its own key, ports and
# folders, and GNU parallel. The results must have the bytes that one process after the other gives.
#   run_slurm.sh EXAMPLES_FOLDER BIN_FOLDER
# Exit status 77: it cannot run here, and says why.
set -euo pipefail
examples=$(realpath "$1")
PATH=$(realpath "$2"):$PATH
export PATH
for program in munged slurmctld slurmd sbatch parallel; do
  command -v "$program" >/dev/null || [[ -x /usr/sbin/$program ]] || {
    echo "there is no $program (scripts/setup --cluster)"
    exit 77
  }
done
[[ $(id -u) -eq 0 ]] || { echo "Slurm's daemons want root"; exit 77; }
PATH=$PATH:/usr/sbin

scratch=$(mktemp -d "${TMPDIR:-/tmp}/obkit_slurm.XXXXXX")
finish() {
  local status=$?
  for daemon in slurmd slurmctld munged; do
    [[ ! -s $scratch/$daemon.pid ]] || kill "$(<"$scratch/$daemon.pid")" 2>/dev/null || true
  done
  if [[ $status -ne 0 ]]; then
    for log in "$scratch"/*.log "$scratch"/log.*; do
      [[ ! -s $log ]] || { echo "$log:" && tail -n 20 "$log"; } >&2
    done
  fi
  for ((tries = 0; tries < 50; ++tries)); do # until the daemons have written their last
    rm -rf "$scratch" 2>/dev/null && break
    sleep 0.1
  done
}
trap finish EXIT
cd "$scratch"

start_slurm() {
  local machine port
  machine=$(hostname -s)
  port=$((20000 + $$ % 10000))
  mkdir -m 700 munge
  mkdir -m 755 state spool
  head -c 1024 /dev/urandom >munge/key
  chmod 600 munge/key
  chmod 755 .
  munged --force --key-file="$PWD/munge/key" --socket="$PWD/munge.socket" --num-threads=1 \
    --pid-file="$PWD/munged.pid" --log-file="$PWD/munge/log" --seed-file="$PWD/munge/seed" \
    2>munged.log
  cat >slurm.conf <<CONF
ClusterName=obkit
SlurmctldHost=$machine(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 10000))
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$PWD/munge.socket
StateSaveLocation=$PWD/state
SlurmdSpoolDir=$PWD/spool
SlurmctldPidFile=$PWD/slurmctld.pid
SlurmdPidFile=$PWD/slurmd.pid
SlurmctldLogFile=$PWD/slurmctld.log
SlurmdLogFile=$PWD/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
NodeName=$machine NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=$machine Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$PWD/slurm.conf
  slurmctld
  slurmd
  for ((tries = 0; tries < 300; ++tries)); do
    [[ $(sinfo --noheader --format %T 2>/dev/null || true) != idle ]] || return 0
    sleep 0.1
  done
  echo "the machine is not ready: $(sinfo --noheader --format '%T %E')" >&2
  return 1
}
start_slurm
submit() { sbatch --wait --quiet --output=log.%x.%j "$@"; }

obexchange --quiet --seed 3 --start 2026-01-01T23:58:00Z --duration 240 --write-capture capture
obsave --quiet --replay capture -o books
days=(books/*_????????.txt*)
[[ ${#days[@]} -eq 2 ]]

# One process after the other.
mkdir models one
obdataset --quiet books --join 0 -o one.ds
for seed in 1 2; do
  obtrain --quiet one.ds --seed "$seed" --epochs 2 --batch 600 -o "models/seed$seed.json"
done
options=(--allow-in-sample --threshold 0)
for model in models/*.json; do
  for day in "${days[@]}"; do
    obbacktest --quiet "$day" --model "$model" "${options[@]}" --overwrite \
      --summary summary -o trades
    cat summary >>one/summaries.json
    cat trades >>one/trades.json
  done
done
[[ $(wc -l <one/trades.json) -gt 4 ]]

submit --array=0-1 "$examples/slurm/datasets.sbatch" books datasets
cmp <(cat datasets/*_????????.ds) one.ds

submit --array=0-3 "$examples/slurm/backtests.sbatch" models books results "${options[@]}"
"$examples/slurm/gather.sh" results
cmp results/summaries.json one/summaries.json
cmp results/trades.json one/trades.json

"$examples/parallel/backtests.sh" models books parallel "${options[@]}"
cmp parallel/summaries.json one/summaries.json
cmp parallel/trades.json one/trades.json

if ! command -v obtrain-mpi >/dev/null; then
  echo "obtrain-mpi is not built here: train.sbatch is not run"
  exit 0
fi
export ASAN_OPTIONS=detect_leaks=0 # Open MPI leaves memory behind
submit --ntasks=2 "$examples/slurm/train.sbatch" datasets trained/model.json \
  --seed 1 --epochs 2 --batch 600
obtrain --quiet datasets --seed 1 --epochs 2 --batch 600 -o alone.json
cmp trained/model.json alone.json
