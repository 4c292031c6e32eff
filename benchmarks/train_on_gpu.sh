#!/usr/bin/env bash
# Everything on a GPU that is lent for a quarter of an hour, in two commands of at most nine minutes, twelve in all:
#
#     benchmarks/train_on_gpu.sh runs/lent && benchmarks/train_on_gpu.sh runs/lent
#
# The first renders the corpus on the machine's cores while the first stages learn; the second goes on where it was
# paused, evaluates and leaves FOLDER/evaluation. Settings beyond the folder are passed on (`--preset base`).
# VEM_ENCODER names the folder of the text encoder where its package is not installed.
set -euo pipefail

folder=${1:?usage: train_on_gpu.sh FOLDER [options of vem train all]}
shift
export OMP_NUM_THREADS=1
encoder=(${VEM_ENCODER:+--encoder "$VEM_ENCODER"})

# State is written every half minute, so that even a killed call loses no more than that.
exec timeout --signal=INT 540 "${PYTHON:-python}" -m vem_core.training all "$folder" \
    --device cuda --pieces 3000 --held-out 24 --workers "$(nproc)" --minutes 12 --stop-after 8.5 \
    --evaluation-minutes 2 --evaluation-pieces 26 "${encoder[@]}" "$@"
