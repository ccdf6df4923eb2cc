#include "peers/server_process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "checks.h"
#include "pinning.h"

namespace orderstore::bench {
namespace {

// A recovery takes a while; what has not been told by then never will be.
constexpr int kReadyTimeoutMs = 10 * 60 * 1000;

[[noreturn]] void FailWithLog(const Command& command, std::string_view what) {
  std::ifstream log(command.log, std::ios::binary);
  Fail(command.arguments[0] + ' ' + std::string(what) + ":\n" +
       std::string(std::istreambuf_iterator<char>(log), {}));
}

class Descriptor {
 public:
  Descriptor(int number, const char* message) : number_(number) {
    Require(number >= 0, message);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(number_); }

  int number() const { return number_; }

 private:
  const int number_;
};

// ---- Starting --------------------------------------------------------------

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What the new process does until it is the program: system calls only, as
// other threads may have held any lock.
struct Child {
  [[noreturn]] void Become() const {
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
      _exit(126);
    }
    if (account && (setgroups(0, nullptr) != 0 || setgid(account->group) != 0 ||
                    setuid(account->user) != 0)) {
      _exit(126);
    }
    // After the change of the user, which takes this back.
    if (prctl(PR_SET_PDEATHSIG, kill_signal) != 0 || getppid() != parent) {
      _exit(126);
    }
    execve(arguments[0], arguments, environment);
    _exit(127);
  }

  char* const* arguments;
  char* const* environment;
  int input;
  int output;
  std::optional<Account> account;
  int kill_signal;
  pid_t parent;
};

// `notified` is the name of a socket, or empty.
pid_t Start(const Command& command, const std::string& notified) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
  if (!notified.empty()) environment.push_back("NOTIFY_SOCKET=" + notified);
  const Descriptor input(open("/dev/null", O_RDONLY | O_CLOEXEC),
                         "cannot open /dev/null");
  const Descriptor output(open(command.log.c_str(),
                               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
                          "cannot open the log of a program");
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const Child child = {.arguments = argument_pointers.data(),
                       .environment = environment_pointers.data(),
                       .input = input.number(),
                       .output = output.number(),
                       .account = command.account,
                       .kill_signal = command.kill_signal,
                       .parent = getpid()};
  // The program may run on every core, wherever this thread has to.
  const Unpinned unpinned;
  const pid_t pid = fork();
  if (pid == 0) child.Become();
  Require(pid > 0, "fork failed");
  return pid;
}

bool EndsWell(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) != pid) {
    Require(errno == EINTR, "waitpid failed");
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// ---- Waiting until it is ready ---------------------------------------------

// Hears what a server tells systemd.
class Listener {
 public:
  // The kernel gives the socket a name that no file has.
  Listener() {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    Require(bind(socket_.number(), any, sizeof(address.sun_family)) == 0,
            "cannot bind a socket");
    socklen_t size = sizeof(address);
    Require(getsockname(socket_.number(), any, &size) == 0,
            "a socket has no name");
    const size_t before = offsetof(sockaddr_un, sun_path) + 1;
    name_ = '@' + std::string(address.sun_path + 1, size - before);
  }

  const std::string& name() const { return name_; }

  // False: the process has ended instead.
  bool HearsReady(pid_t pid) const {
    const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)),
                             "cannot watch a process");
    std::array<pollfd, 2> events = {
        {{socket_.number(), POLLIN, 0}, {process.number(), POLLIN, 0}}};
    for (;;) {
      const int count = poll(events.data(), events.size(), kReadyTimeoutMs);
      if (count < 0 && errno == EINTR) continue;
      Require(count > 0, "a server has not told that it is ready");
      if ((events[0].revents & POLLIN) != 0 && Receive()) return true;
      if (events[1].revents != 0) return false;
    }
  }

 private:
  bool Receive() const {
    std::array<char, 4096> bytes;
    const ssize_t size =
        recv(socket_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size <= 0) return false;
    const std::string_view text(bytes.data(), static_cast<size_t>(size));
    return text.starts_with("READY=1") ||
           text.find("\nREADY=1") != std::string_view::npos;
  }

  const Descriptor socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                           "cannot make a socket"};
  std::string name_;
};

// ---- Memory ----------------------------------------------------------------

// 0 if it is gone.
pid_t ParentOf(const std::string& process) {
  std::ifstream file(process + "/stat");
  std::string stat{std::istreambuf_iterator<char>(file), {}};
  // The name, in parentheses, may have any character in it.
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  pid_t parent = 0;
  const size_t at = name_end + 4;  // behind ") S "
  if (at < stat.size()) {
    std::from_chars(stat.data() + at, stat.data() + stat.size(), parent);
  }
  return parent;
}

// Its share of what it shares with others, and all else. 0 if it is gone.
int64_t ProportionalBytes(const std::string& process) {
  std::ifstream file(process + "/smaps_rollup");
  std::string word;
  while (file >> word && word != "Pss:") {
  }
  int64_t kib = 0;
  file >> kib;
  return kib << 10;
}

}  // namespace

void RunToEnd(const Command& command) {
  if (!EndsWell(Start(command, ""))) FailWithLog(command, "failed");
}

ServerProcess::ServerProcess(const Command& command) : command_(command) {
  const Listener listener;
  pid_ = Start(command, listener.name());
  if (!listener.HearsReady(pid_)) FailWithLog(command, "has ended");
}

ServerProcess::~ServerProcess() {
  if (pid_ == 0) return;
  kill(pid_, command_.kill_signal);
  EndsWell(pid_);
}

void ServerProcess::End(int signal) {
  kill(pid_, signal);
  if (!EndsWell(std::exchange(pid_, 0))) {
    FailWithLog(command_, "has not ended well");
  }
}

int64_t ServerProcess::ResidentBytes() const {
  int64_t bytes = ProportionalBytes("/proc/" + std::to_string(pid_));
  Require(bytes > 0, "cannot read smaps_rollup of a server");
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (ParentOf(entry.path()) == pid_) {
      bytes += ProportionalBytes(entry.path());
    }
  }
  return bytes;
}

SocketFolder::SocketFolder(std::optional<Account> account)
    : path_(std::filesystem::temp_directory_path() /
            "orderstore_bench-XXXXXX") {
  Require(mkdtemp(path_.data()) != nullptr,
          "cannot make a folder for a server's sockets");
  Require(!account || chown(path_.c_str(), account->user, account->group) == 0,
          "cannot give a folder to a server");
}

SocketFolder::~SocketFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

}  // namespace orderstore::bench
