/* The only process of the emulated machine: runs the program, passes on its output and reports its status. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The program's output leaves through the parallel ports, three port writes a
   byte: a serial port would hold each byte back for its time at the baud rate,
   which costs emulated time and so instructions. */
enum { STDOUT_PORT = 0x378, STDERR_PORT = 0x278, STATUS_PORT = 0x2f8 };

static void put(unsigned port, const unsigned char* p, size_t n) {
  for (; n; --n, ++p) {
    outb(*p, port);
    outb(0x0d, port + 2); /* selected, no init, strobe: Bochs writes the byte */
    outb(0x0c, port + 2);
  }
}

static void shut_down(int status) {
  char text[16];
  int n = snprintf(text, sizeof text, "%d\n", status);
  outb(3, STATUS_PORT + 3); /* 8 data bits */
  for (int i = 0; i < n; ++i) {
    while (!(inb(STATUS_PORT + 5) & 0x20)) {
    }
    outb(text[i], STATUS_PORT);
  }
  while (!(inb(STATUS_PORT + 5) & 0x40)) {
  }                                                           /* until the last byte is out */
  for (const char* s = "Shutdown"; *s; ++s) outb(*s, 0x8900); /* ends Bochs */
  for (;;) pause();
}

/* A file of NUL-terminated strings as an argument vector. */
static char** read_list(const char* path) {
  static char* none[1];
  int fd = open(path, O_RDONLY);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) || !st.st_size) return none;
  char* text = malloc(st.st_size);
  ssize_t size = 0, r;
  while ((r = read(fd, text + size, st.st_size - size)) > 0) size += r;
  close(fd);
  size_t count = 0;
  for (ssize_t i = 0; i < size; ++i) count += !text[i];
  char** list = calloc(count + 1, sizeof *list);
  for (size_t i = 0; i < count; ++i, text += strlen(text) + 1) list[i] = text;
  return list;
}

int main(void) {
  if (iopl(3)) return 1;
  mount("proc", "/proc", "proc", 0, 0);
  mount("sysfs", "/sys", "sysfs", 0, 0);
  mount("devtmpfs", "/dev", "devtmpfs", 0, 0);
  char** arguments = read_list("/.run/arguments");
  char** environment = read_list("/.run/environment");
  int out[2], err[2];
  pid_t pid = -1;
  if (!arguments[0] || pipe(out) || pipe(err) || (pid = fork()) < 0) shut_down(125);
  if (!pid) {
    iopl(0);
    dup2(open("/.run/stdin", O_RDONLY), 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    for (int fd = 3; fd < 16; ++fd) close(fd);
    setsid();
    execve("/.run/program", arguments, environment);
    dprintf(2, "emulate_avx512: cannot execute the program: %s\n", strerror(errno));
    _exit(125);
  }
  close(out[1]);
  close(err[1]);
  struct pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  static unsigned char buffer[65536];
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    if (poll(fds, 2, -1) < 0) continue;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || !fds[i].revents) continue;
      ssize_t r = read(fds[i].fd, buffer, sizeof buffer);
      if (r > 0)
        put(i ? STDERR_PORT : STDOUT_PORT, buffer, r);
      else
        fds[i].fd = -1; /* poll skips it from now on */
    }
  }
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  char** output = read_list("/.run/output");
  int file = output[0] ? open(output[0], O_RDONLY) : -1;
  for (ssize_t r; file >= 0 && (r = read(file, buffer, sizeof buffer)) > 0;) put(STDOUT_PORT, buffer, r);
  shut_down(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
