/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ids/host-name.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "0x7f" too is a number to inet_aton(3). */
static bool is_number(const char *label, size_t n)
{
        size_t digits = 0;

        if (n >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
                return true;
        while (digits < n && is_digit(label[digits]))
                digits++;
        return digits == n;
}

ssize_t host_name_fault(const char *text, size_t n)
{
        size_t start = 0;

        if (n == 0 || n > HOST_NAME_MAX_BYTES)
                return 0;
        for (size_t i = 0; i < n; i++) {
                bool hyphen = text[i] == '-';

                if (text[i] == '.') {
                        if (i == start || text[i - 1] == '-')
                                return (ssize_t)i;
                        start = i + 1;
                        continue;
                }
                if (!is_letter(text[i]) && !is_digit(text[i]) && !hyphen)
                        return (ssize_t)i;
                if ((hyphen && i == start) || i - start >= HOST_LABEL_MAX_BYTES)
                        return (ssize_t)i;
        }
        if (start == n || text[n - 1] == '-')
                return (ssize_t)n - 1;
        return is_number(text + start, n - start) ? 0 : -1;
}

bool host_name_read(char *name, const char *text, size_t n)
{
        if (host_name_fault(text, n) >= 0)
                return false;
        for (size_t i = 0; i < n; i++) {
                char letter = text[i];

                name[i] = letter;
                if (letter >= 'A' && letter <= 'Z')
                        name[i] = (char)(letter - 'A' + 'a');
        }
        name[n] = '\0';
        return true;
}

bool host_address_read(char *address, const char *text, size_t n)
{
        char copy[HOST_ADDRESS_MAX_BYTES];
        struct in6_addr six = { 0 };
        struct in_addr four = { 0 };

        if (n == 0 || n >= sizeof copy || memchr(text, '\0', n) != NULL)
                return false;
        memcpy(copy, text, n);
        copy[n] = '\0';
        /* inet_pton(3) takes no octal, no hexadecimal, no short form and no zone. */
        if (inet_pton(AF_INET, copy, &four) == 1)
                return inet_ntop(AF_INET, &four, address, HOST_ADDRESS_MAX_BYTES) != NULL;
        if (inet_pton(AF_INET6, copy, &six) != 1)
                return false;
        if (IN6_IS_ADDR_V4MAPPED(&six))
                return inet_ntop(AF_INET, &six.s6_addr[12], address, HOST_ADDRESS_MAX_BYTES) != NULL;
        return inet_ntop(AF_INET6, &six, address, HOST_ADDRESS_MAX_BYTES) != NULL;
}
