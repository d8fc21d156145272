/* bit_fields_main.c
 * Says how many of the plugin's bit-fields read negative, as the file that bit_fields.py wrote counts them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

int negative_bit_fields(int *fields);

int
main(void)
{
    int fields;
    int negative = negative_bit_fields(&fields);
    printf("%d of %d bit-fields read negative\n", negative, fields);
    return negative > 0;
}
