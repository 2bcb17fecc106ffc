/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pair/letter.h"

#define HEAD offsetof(Letter, is)
#define WITH(member) (HEAD + sizeof((const Letter *)NULL)->is.member)

static const uint32_t sizes[] = {
        [LETTER_WELCOME] = WITH(welcome),
        [LETTER_SCREEN] = WITH(screen),
        [LETTER_BUFFER] = WITH(buffer),
        [LETTER_DONE] = WITH(done),
        [LETTER_REPAINT] = WITH(repaint),
        [LETTER_CONFIGURE] = WITH(configure),
        [LETTER_STATE] = WITH(state),
        [LETTER_CLOSE] = HEAD,
        [LETTER_FOCUS] = WITH(focus),
        [LETTER_POINTER] = WITH(pointer),
        [LETTER_LEAVE] = HEAD,
        [LETTER_KEY] = WITH(key),
        [LETTER_LOCKS] = WITH(locks),
        [LETTER_KEYMAP] = WITH(keymap),
        [LETTER_REPEAT] = WITH(repeat),
        [LETTER_GIVE] = WITH(clip),
        [LETTER_END] = HEAD,
        [LETTER_HELLO] = WITH(hello),
        [LETTER_OPEN] = WITH(open),
        [LETTER_GONE] = HEAD,
        [LETTER_SHOW] = WITH(show),
        [LETTER_PLACE] = WITH(place),
        [LETTER_TITLE] = WITH(title),
        [LETTER_HINTS] = WITH(hints),
        [LETTER_WISH] = WITH(wish),
        [LETTER_FRAME] = WITH(frame),
        [LETTER_CURSOR] = WITH(cursor),
        [LETTER_ICON] = WITH(icon),
        [LETTER_SHAPE] = WITH(shape),
        [LETTER_BELL] = HEAD,
        [LETTER_TAKE] = WITH(clip),
};
_Static_assert(sizeof sizes == _LETTER_TYPE_MAX * sizeof *sizes, "a size is missing");
_Static_assert(sizeof(Letter) <= LETTER_BYTES_MAX, "a letter is larger than its room");

size_t letter_size(LetterType type)
{
        return type > LETTER_NONE && type < _LETTER_TYPE_MAX ? sizes[type] : 0;
}

LetterFrom letter_from(LetterType type)
{
        return type < LETTER_HELLO ? LETTER_FROM_DAEMON : LETTER_FROM_AGENT;
}
