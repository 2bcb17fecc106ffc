/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

void freep(void *pointer_to_pointer)
{
        void *p = NULL;

        memcpy(&p, pointer_to_pointer, sizeof p);
        free(p);
}
