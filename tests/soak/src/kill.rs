use std::pin::Pin;
use std::task::{Context, Poll};

/// An execution that is killed at one of its awaits: it is polled so many times, and then dropped.
pub(crate) struct Killed<F> {
    work: Option<Pin<Box<F>>>,
    polls: Option<u32>,
}

/// Runs `work` to its end, or to the await at which it is killed: `None`.
pub(crate) fn until_killed<F: Future>(work: F, polls: Option<u32>) -> Killed<F> {
    Killed { work: Some(Box::pin(work)), polls }
}

impl<F: Future> Future for Killed<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = self.work.as_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        match self.polls.as_mut() {
            Some(0 | 1) => {
                self.work = None;
                Poll::Ready(None)
            }
            Some(left) => {
                *left -= 1;
                Poll::Pending
            }
            None => Poll::Pending,
        }
    }
}
