#!/usr/bin/env bash
# Records anew what Linux 6.1 answers: record.sh [SCENARIO...] is `linnet compare --record`, without a build of Linnet.
exec python3 "$(dirname "$0")/compare.py" --record "$@"
