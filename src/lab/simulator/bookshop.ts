/** What the campus bookshop sells: stock number, price in rupiah, weight of one in grams (0: a service or e-book). */
export const products: readonly { readonly sku: string; readonly price: number; readonly grams: number }[] = [
  { sku: 'BK-ALGO-01', price: 125_000, grams: 650 },
  { sku: 'BK-BASDAT-02', price: 98_500, grams: 540 },
  { sku: 'BK-STAT/3', price: 87_000, grams: 480 },
  { sku: 'BK-KALK-04', price: 142_750, grams: 910 },
  { sku: 'BK-SEJARAH-05', price: 65_000, grams: 320 },
  { sku: 'EB-LARAVEL-06', price: 79_000, grams: 0 },
  { sku: 'PN-GEL-07', price: 10_000, grams: 12 },
  { sku: 'PN-PENSIL-08', price: 3_500, grams: 7 },
  { sku: 'NT-A5-09', price: 18_000, grams: 210 },
  { sku: 'NT-BINDER-10', price: 42_000, grams: 450 },
  { sku: 'JK-ALMAMATER-11', price: 235_000, grams: 700 },
  { sku: 'KT-FOTOKOPI-12', price: 250, grams: 5 },
  { sku: 'FD-32GB-13', price: 75_000, grams: 15 },
  { sku: 'SV-JILID-14', price: 15_000, grams: 0 },
];

export const givenNames = [
  'budi', 'siti', 'agus', 'dewi', 'rizky', 'putri', 'andi', 'nur', 'fajar', 'ayu', 'hendra', 'maya', 'yusuf', 'wulan',
]; // prettier-ignore
export const familyNames = [
  'santoso',
  'wijaya',
  'lestari',
  'pratama',
  'hidayat',
  'siregar',
  'nasution',
  'kusuma',
];
export const domains = ['kampus.ac.id', 'mhs.kampus.ac.id', 'student.univ.ac.id', 'gmail.com'];

/** Notes of customers: plain, with a slash, beyond ASCII, beyond the first 65,536 characters. */
export const notes = [
  'Ambil di toko',
  'Kirim ke Gedung A/12, lt. 3',
  'Bungkus kado – untuk wisuda',
  'Terima kasih 🙏',
  'Tolong "jangan" dilipat',
];
