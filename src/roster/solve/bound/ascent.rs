//! Where to move the prices: along a deflected subgradient, as far as the distance to the known cost suggests, and less
//! far each time that does not help for a while.

use super::rows::Rows;

/// How much of the last direction goes on.
const MOMENTUM: f64 = 0.9;
/// So many steps without gain shorten them.
const PATIENCE: u32 = 30;
/// So many once the first climb has ended.
const LONG_PATIENCE: u32 = 100;
/// How far the second climb begins.
const SECOND: f64 = 0.3;
/// By so much.
const SHORTER: f64 = 0.8;
/// Steps shorter than this part of the first do not help any more.
const SHORTEST: f64 = 1e-4;
/// Steps are at least this long again when rows have joined.
const FRESH: f64 = 0.05;
/// A gain smaller than this part of the value is none.
const GAIN: f64 = 1e-5;

/// The climb.
#[derive(Clone, Debug, Default)]
pub struct Ascent {
    /// Prices with the best value so far.
    pub best: Vec<f64>,
    /// Their value.
    pub value: f64,
    /// Prices to look at next.
    pub prices: Vec<f64>,
    direction: Vec<f64>,
    factor: f64,
    stale: u32,
    patience: u32,
}

impl Ascent {
    /// From given prices.
    #[must_use]
    pub fn new(prices: Vec<f64>, factor: f64) -> Self {
        let direction = vec![0.0; prices.len()];
        Self { best: prices.clone(), value: f64::NEG_INFINITY, prices, direction, factor, stale: 0, patience: PATIENCE }
    }

    /// With steps that become shorter after so many without gain, and no second climb.
    #[must_use]
    pub fn patient(mut self, patience: u32) -> Self {
        self.patience = patience;
        self
    }

    /// How far steps go by now.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// Whether steps have become too short to matter.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.factor < SHORTEST
    }

    /// Makes room for rows that have joined.
    pub fn learn(&mut self, rows: usize) {
        for prices in [&mut self.best, &mut self.prices, &mut self.direction] {
            prices.extend(std::iter::repeat_n(0.0, rows));
        }
        if rows > 0 {
            self.factor = self.factor.max(FRESH);
        }
    }

    /// Takes note of what a look at the prices showed, and chooses the next. `target` is a cost that somebody reaches.
    pub fn step(&mut self, rows: &Rows, value: f64, missed: &[f64], target: f64) {
        if value > self.value {
            if value > self.value + GAIN * value.abs() {
                self.stale = 0;
            }
            self.value = value;
            self.best.copy_from_slice(&self.prices);
        } else {
            self.stale += 1;
        }
        if self.stale >= self.patience {
            self.stale = 0;
            self.factor *= SHORTER;
            self.prices.copy_from_slice(&self.best);
            self.direction.fill(0.0);
        }
        if self.factor < SHORTEST && self.patience == PATIENCE {
            self.patience = LONG_PATIENCE;
            self.factor = SECOND;
        }
        let mut norm = 0.0;
        for ((way, missed), (price, row)) in
            self.direction.iter_mut().zip(missed).zip(self.prices.iter().zip(&rows.rows))
        {
            *way = MOMENTUM * *way + missed;
            let blocked = (!row.exact && *price <= 0.0 && *way < 0.0) || (*price >= row.most && *way > 0.0);
            if blocked {
                *way = 0.0;
            }
            norm += *way * *way;
        }
        if norm <= 0.0 {
            return;
        }
        let length = self.factor * (target - value).max(1.0) / norm;
        for (at, (way, price)) in self.direction.iter().zip(&mut self.prices).enumerate() {
            *price = rows.allowed(at, *price + length * way);
        }
    }
}
