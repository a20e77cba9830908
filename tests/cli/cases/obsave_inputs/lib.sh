# For cases with a live exchange: `source` it.

# No exchange survives its case.
trap '[[ -z "${exchange:-}" ]] || kill "$exchange" 2>/dev/null || true' EXIT

# exchange ARGUMENTS...: starts the simulated exchange, sets $url and $exchange (its process).
exchange() {
  mkfifo announcement
  obexchange "$@" >announcement 2>exchange.log &
  exchange=$!
  read -r line <announcement
  rm announcement
  url=$(sed 's/.*"url":"\([^"]*\)".*/\1/' <<<"$line")
}

# without_ports: ports and pauses differ from run to run.
without_ports() { sed -E 's/localhost:[0-9]+/localhost:PORT/g; s/in [0-9.]+ s$/in N s/'; }

# wait_for TEXT FILE: until a line of a growing file has it.
wait_for() {
  tail -n +1 -f "$2" --pid=$$ 2>/dev/null | grep -q -m 1 -- "$1" || true
}
