/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The smallest program, linked statically: what is measured is the launcher. */

int main(void)
{
        return 0;
}
