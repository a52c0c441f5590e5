/*
 * Signals and the end of the process. SIGINT, SIGTERM and SIGHUP set crunch_stop_signal, which the
 * workers read; when all is tidied up, the process ends by that very signal, as a shell expects.
 */
#ifndef CRUNCH_CMD_SIGNALS_H
#define CRUNCH_CMD_SIGNALS_H

/* Once, at start: also makes sure that descriptors 0 to 2 are open (a file of ours must never
 * become standard output by chance) and that a closed pipe ends us silently. */
void crunch_signals_init(void);

/* Ends by the signal that asked for it, if one did; else returns. */
void crunch_signals_reraise(void);

#endif
