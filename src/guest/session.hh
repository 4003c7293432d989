// Runs a command and all its descendants as guests of a world, from the first to the last.
#pragma once

#include "base/result.hh"
#include "guest/private_dir.hh"
#include "world/loop.hh"

namespace linnet {

struct session_result {
  int wait_status = 0;  // of the command itself, as waitpid(2) gives it
  int exec_errno = 0;   // why it could not be executed; nothing ran then
};

// How guests' calls reach us: `trap` alone, or for messages also by shared memory (front_end.hh).
enum class front_kind : u8 { trap, shared };

// Returns when the last guest has ended. `argv` ends with null. The error's msg names the step that failed; it
// means that guests cannot be supervised here at all (see `linnet doctor`).
result<session_result> run_session(world&, event_loop&, private_dir, front_kind,
                                   char* const argv[]);

// Ends this process as the guest ended: with its exit status, or by the signal that ended it.
[[noreturn]] void exit_like(int wait_status);

}  // namespace linnet
