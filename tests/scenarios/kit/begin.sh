# What a scenario that uses the kit begins with: `. "$(dirname "$0")/kit/begin.sh"`. Errors are told among the rest of its output,
# $kit is this folder, whose other files it may read, and Python finds the modules here, beside which it writes nothing.
exec 2>&1
kit=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
export PYTHONPATH=$kit PYTHONDONTWRITEBYTECODE=1
