//! Changes that wait, by target.

use std::collections::{HashMap, VecDeque};

/// Changes in the order they came, of which never two of one target are at work at a time, and none overtakes another of its
/// target.
#[derive(Debug)]
pub struct Queue<T> {
    targets: HashMap<String, Slot<T>>,
    // Targets with something that may begin, the longest waiting first.
    ready: VecDeque<String>,
    waiting: usize,
}

#[derive(Debug)]
struct Slot<T> {
    waiting: VecDeque<T>,
    at_work: bool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            targets: HashMap::new(),
            ready: VecDeque::new(),
            waiting: 0,
        }
    }
}

impl<T> Queue<T> {
    /// Adds a change behind the others of its target.
    pub fn push(&mut self, target: String, change: T) {
        let slot = self.targets.entry(target.clone()).or_insert_with(|| Slot {
            waiting: VecDeque::new(),
            at_work: false,
        });
        if slot.waiting.is_empty() && !slot.at_work {
            self.ready.push_back(target);
        }
        slot.waiting.push_back(change);
        self.waiting += 1;
    }

    /// Takes the next change that may begin, with those behind it that can go `together` with it. The target is at work until
    /// [`Queue::finish`].
    pub fn begin(&mut self, together: impl Fn(&T, &T) -> bool) -> Option<(String, Vec<T>)> {
        let target = self.ready.pop_front()?;
        let slot = self.targets.get_mut(&target)?;
        slot.at_work = true;
        let mut group: Vec<T> = slot.waiting.pop_front().into_iter().collect();
        while let (Some(first), Some(next)) = (group.first(), slot.waiting.front()) {
            if !together(first, next) {
                break;
            }
            group.extend(slot.waiting.pop_front());
        }
        self.waiting -= group.len();
        Some((target, group))
    }

    /// What began for a target is done: what waits behind it may begin.
    pub fn finish(&mut self, target: &str) {
        let Some(slot) = self.targets.get_mut(target) else {
            return;
        };
        slot.at_work = false;
        if slot.waiting.is_empty() {
            self.targets.remove(target);
        } else {
            self.ready.push_back(target.to_owned());
        }
    }

    /// The changes that wait for a target which is not at work.
    pub fn waiting_for(&self, target: &str) -> Option<&VecDeque<T>> {
        let slot = self.targets.get(target).filter(|slot| !slot.at_work)?;
        Some(&slot.waiting)
    }

    /// Takes what waits for a target which is not at work.
    pub fn take(&mut self, target: &str) -> Vec<T> {
        if self.waiting_for(target).is_none() {
            return Vec::new();
        }
        self.ready.retain(|ready| ready != target);
        let slot = self.targets.remove(target);
        let taken: Vec<T> = slot.into_iter().flat_map(|slot| slot.waiting).collect();
        self.waiting -= taken.len();
        taken
    }

    /// How many changes wait.
    pub fn len(&self) -> usize {
        self.waiting
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_is_kept_by_target_and_one_is_at_work_at_a_time(
            pushes in prop::collection::vec(0u8..6, 0..80),
            finishes in prop::collection::vec(any::<prop::sample::Index>(), 0..200),
            fold in any::<bool>(),
        ) {
            let mut queue = Queue::default();
            for (number, target) in pushes.iter().enumerate() {
                queue.push(target.to_string(), number);
            }
            let mut at_work: Vec<String> = Vec::new();
            let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
            let mut finishes = finishes.into_iter();
            loop {
                while let Some((target, group)) = queue.begin(|_, _| fold) {
                    prop_assert!(!at_work.contains(&target));
                    prop_assert!(!group.is_empty());
                    seen.entry(target.clone()).or_default().extend(group);
                    at_work.push(target);
                }
                if at_work.is_empty() {
                    break;
                }
                let which = finishes.next().map_or(0, |index| index.index(at_work.len()));
                queue.finish(&at_work.swap_remove(which));
            }
            prop_assert!(queue.is_empty() && queue.targets.is_empty());
            for (target, numbers) in seen {
                let expected: Vec<_> = (0..pushes.len()).filter(|n| pushes[*n].to_string() == target).collect();
                prop_assert_eq!(numbers, expected);
            }
        }
    }

    #[test]
    fn what_waits_can_be_taken_unless_its_target_is_at_work() {
        let mut queue = Queue::default();
        for (target, change) in [("a", 1), ("a", 2), ("b", 3)] {
            queue.push(target.to_owned(), change);
        }
        assert_eq!(queue.take("a"), [1, 2]);
        assert_eq!(queue.begin(|_, _| true), Some(("b".to_owned(), vec![3])));
        queue.push("b".to_owned(), 4);
        assert!(queue.take("b").is_empty());
        assert_eq!(queue.len(), 1);
    }
}
