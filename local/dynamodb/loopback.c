/* Preloaded into a server without a setting for its listen address: replaces the address of every bind() by loopback. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int bind(int socket, const struct sockaddr *wanted, socklen_t length) {
    int (*next)(int, const struct sockaddr *, socklen_t) =
        (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind");
    struct sockaddr_storage here;
    if (length > sizeof here) return next(socket, wanted, length);
    memcpy(&here, wanted, length);
    if (wanted->sa_family == AF_INET) ((struct sockaddr_in *)&here)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (wanted->sa_family == AF_INET6) ((struct sockaddr_in6 *)&here)->sin6_addr = in6addr_loopback;
    return next(socket, (struct sockaddr *)&here, length);
}
