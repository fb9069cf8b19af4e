/*
 * Recovery without zeros: the last log file ends where its records end.
 *
 * Berkeley DB's recovery fills the rest of the last log file with zeros, 32 MB of them at every
 * start. That takes time, and on a full disk it fails and the store cannot be opened. A file that
 * is cut off there says the same: its rest was not written yet.
 */
#ifndef STORAGE_LOG_TAIL_H
#define STORAGE_LOG_TAIL_H

/*
 * Between these two, zeros that one thread of this process writes in pieces to the end of HOME's
 * last log file cut it off instead. 0 or errno.
 */
int log_tail_begin(const char *home);
void log_tail_end(void);

#endif
