# Runs one scenario and then shows the captures that it left in its directory, a packet a line, as tcpdump reads them.
#   bash scenario.sh SCRIPT
# The same on each side of a comparison.
bash "$1" </dev/null
status=$?
for capture in *.pcap; do
  [ -e "$capture" ] || break
  echo "=== packets of $capture"
  tcpdump -Z root -nnetvvr "$capture" 2>/dev/null
done
exit $status
