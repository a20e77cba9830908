# For the cases of obtrain-mpi, which source it.
command -v mpirun >/dev/null || {
  echo "there is no mpirun: openmpi-bin is not installed (scripts/setup --mpi)"
  exit 77
}
# All ranks are on this machine and share its memory. Without --quiet, mpirun adds a banner to each
# exit status. Open MPI's plugins leave memory behind and are unloaded before leaks are looked for:
# these have no name to be suppressed by. Of what obtrain-mpi shares with obtrain, its tests look.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# Launches at the same time take each other's session folders away where these are in one place.
OMPI_MCA_orte_tmpdir_base=$(dirname "$PWD")
export OMPI_MCA_orte_tmpdir_base
export OMPI_MCA_btl=self,vader OMPI_MCA_btl_vader_single_copy_mechanism=none
on_this_machine=(mpirun --oversubscribe --quiet -x ASAN_OPTIONS=detect_leaks=0)
mpi() { # RANKS ARGUMENT...
  "${on_this_machine[@]}" -n "$1" obtrain-mpi "${@:2}"
}
# Samples of as many volumes, whose class depends on two of them: `samples COUNT >FILE`
samples() {
  awk -v count="$1" 'BEGIN {
    x = 1
    for (i = 0; i < count; ++i) {
      for (k = 0; k < 12; ++k) {
        x = (x * 16807) % 2147483647
        v[k] = 1 + x % 1000
        printf "%s%d", (k ? "," : "{\"volumes\":["), v[k]
      }
      printf "],\"direction\":%d,\"date\":20260101,\"time\":%d}\n",
        (v[5] + x % 400 > v[6] + 200), 10000000 + int(i / 60) * 100000 + (i % 60) * 1000
    }
  }'
}
