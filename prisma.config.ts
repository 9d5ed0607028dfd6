import { defineConfig } from 'prisma/config';

// Read by the Prisma command line only. Alir itself connects through src/mysql/connection.ts.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'mysql://alir@localhost:3306/app_consumer' },
});
