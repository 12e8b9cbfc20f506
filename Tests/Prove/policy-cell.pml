/* policy-cell.pml - how PolicyCell.swift frees policies that were replaced, as a model for spin, which tries every
 * order in which the steps of readers and of a setter can follow one another.
 *
 * A step is an atomic access of the Swift, or a write behind the lock. Setters stand behind that lock one after the
 * other, so that one stands for all. The accesses by which readers and setters find one another are sequentially
 * consistent in the Swift: a reader's increment and its load of the current entry, a setter's store of that and its
 * look at the counters; so that one order of steps is all there is. Two are weaker. A reader's look at the
 * generation is relaxed and may see any age, so that a reader here takes either counter as it likes. And it leaves
 * by a releasing decrement: whoever sees that sees all that the reader did before as done, and who sees it late sees
 * a reader that leaves late, which is an order that is tried here too.
 *
 *   (nothing)   what a reader holds is alive until it leaves, and is what it was; one set after the last reader
 *               frees all but the current
 *   -DFORKS     beside one reader, a child that is forked at any moment finds the lists whole
 *   -DPACED     readers that follow one another without end: where the reads under way at one set are over at the
 *               next, no more than two policies are alive after a set
 *
 * policy-cell.sh runs them, and has spin find the mistakes that other names plant. */

#ifdef FORKS
#define READERS 1
#define unobserved /* each write a step, for a child sees them */
#else
#define READERS 3 /* the first and the last share a shard, as from 64 threads on */
#define unobserved atomic
#endif
#ifndef SETS
#define SETS 2
#endif
#define SHARDS   2
#define COUNTERS (2 * SHARDS) /* even and odd of each shard */
#define ALL      ((1 << COUNTERS) - 1)
#define ENTRIES  (SETS + 2)
#define NONE     ENTRIES

bool alive[ENTRIES];
byte lives[ENTRIES]; /* how often its memory was allocated: that of a freed one is used again at once */
byte next[ENTRIES];
byte unseen[ENTRIES];
byte current, retired = NONE;
byte counter[COUNTERS];
bit generation;

byte finished;
bool reads[READERS], read_at_naming[READERS];

inline allocate(entry) {
    d_step {
        entry = 0;
        do
        :: alive[entry] -> entry++
        :: else -> break
        od;
        alive[entry] = true;
        lives[entry]++
    }
}

inline count_alive() {
    left = 0;
    number = 0;
    do
    :: number == ENTRIES -> break
    :: else -> left = left + alive[number]; number++
    od
}

/* ------------------------------------------------------------------------------------------------ a reader -- */

inline load() {
    d_step { held = current; life = lives[held] }
}

inline leave() {
    d_step { counter[mine + parity]--; reads[me] = false; read_at_naming[me] = false }
}

proctype reader(byte me) {
    byte held, life, mine = 2 * (me % SHARDS);
    bit parity;
end:
#ifdef PACED
    skip;
    d_step { parity = generation; reads[me] = true };
#else
    if
    :: parity = 0
    :: parity = 1
    fi;
#endif
#ifdef LOADS_FIRST
    load();
#endif
    counter[mine + parity]++;
#ifndef LOADS_FIRST
    load();
#endif
#ifdef LEAVES_EARLY
    leave();
#endif
    assert(alive[held] && lives[held] == life);
#ifndef LEAVES_EARLY
    leave();
#endif
    d_step { held = 0; life = 0; parity = 0 }; /* fewer states */
#ifdef PACED
    goto end;
#endif
    finished++
}

/* ------------------------------------------------------------------------------------------------ a setter -- */

inline look() {
    d_step { zero = 0; number = 0 };
    do
    :: number == COUNTERS -> break
    :: number < COUNTERS -> /* a load, in one step with what is done with it */
        d_step { zero = zero | ((counter[number] == 0) << number); number++ }
    od
}

inline name() {
    d_step {
        generation = 1 - generation;
        number = 0;
        do
        :: number == READERS -> break
        :: else -> read_at_naming[number] = reads[number]; number++
        od
    }
}

inline free_unread() {
    previous = NONE;
    each = retired;
    do
    :: each == NONE -> break
    :: else ->
        unseen[each] = unseen[each] & ~zero;
        following = next[each];
        if
        :: unseen[each] != 0 -> previous = each
        :: else ->
            if
            :: previous != NONE -> next[previous] = following
            :: else -> retired = following
            fi;
            assert(alive[each]);
            alive[each] = false
        fi;
        each = following
    od
}

inline set() {
    allocate(new);
#ifdef LOOKS_FIRST
    look();
#endif
    unobserved { old = current; next[old] = retired };
#ifdef FORGETS
    unseen[old] = 0;
#elif defined(ONE_COUNTER)
    unseen[old] = (generation -> 10 : 5); /* the one in use */
#else
    unseen[old] = ALL;
#endif
#ifdef RETIRES_FIRST
    retired = old;
    current = new;
#else
    current = new;
    retired = old;
#endif
#ifdef NAMES_FIRST
    name();
#endif
#ifndef LOOKS_FIRST
    look();
#endif
    unobserved { free_unread() };
#ifndef NAMES_FIRST
    name();
#endif
    d_step { new = 0; old = 0; zero = 0; number = 0; each = 0; following = 0; previous = 0 }
}

/* What a child finds: its own set, with counters that are all zero, will walk and free the retired. */
proctype child() {
    byte each, steps;
    d_step {
        assert(alive[current]);
        each = retired;
        do
        :: each == NONE -> break
        :: else ->
            assert(steps < ENTRIES && each != current && alive[each]);
            steps++;
            each = next[each]
        od
    }
}

init {
    byte new, old, zero, number, each, following, previous, times, left;
    atomic {
        allocate(current);
        do
        :: number == READERS -> break
        :: else -> run reader(number); number++
        od;
        number = 0;
#ifdef FORKS
        run child()
#endif
    }
    do
    :: times == SETS -> break
    :: else ->
        times++;
#ifdef PACED
        !read_at_naming[0] && !read_at_naming[1] && !read_at_naming[2];
#endif
        set();
#ifdef PACED
        d_step { count_alive(); assert(left <= 2); left = 0; number = 0 }
#endif
    od;
#ifndef PACED
    finished == READERS;
    set();
    d_step { count_alive(); assert(left == 1) }
#endif
}
